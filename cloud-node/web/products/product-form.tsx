/** A product to be added or changed. */
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { Field } from '../../../adapters/ui/field.tsx'
import { formatMoney } from '../../../adapters/ui/format.ts'
import { Notice } from '../../../adapters/ui/notice.tsx'
import { randomId } from '../../../adapters/ui/random.ts'
import type { ProductDocument } from '../../../schemas/collections/products.ts'
import { AskFirst } from '../frame/ask-first.tsx'
import { askNode, tellNode, type Answer } from '../frame/ask-node.ts'
import { changesOf, draftOf, NEW_PRODUCT, problemsOf, productOf, type ProductDraft } from './product-draft.ts'
import { p } from './product-words.ts'

export function ProductForm(props: {
  /** `undefined` for a new one. */
  product: ProductDocument | undefined
  /** The chain's. */
  currency: string
  onDone: (said: string) => void
  onClose: () => void
}): JSX.Element {
  const { product } = props
  const currency = product?.currency ?? props.currency
  // One id however often it is tried: what was written and not answered is not written twice.
  const drawn = useSignal(randomId())
  const draft = useSignal<ProductDraft>(product ? draftOf(product) : NEW_PRODUCT)
  const taken = useSignal<string | undefined>(undefined)
  const set = (part: Partial<ProductDraft>): void => {
    draft.value = { ...draft.value, ...part }
  }
  const { code, name, price, unit, category, isSold } = draft.value
  const problems = problemsOf(draft.value, currency)
  const typed = productOf(draft.value, product ?? { id: code || drawn.value, currency })
  const ready = product && typed ? changesOf(typed, product) : typed
  const save = async (): Promise<Answer<ProductDocument | undefined>> => {
    if (!ready) return { ok: true, value: undefined }
    taken.value = undefined
    if (!product && code !== '') {
      const there = await askNode<ProductDocument>(`/api/documents/products/${encodeURIComponent(code)}`)
      if (there.ok) {
        taken.value = there.value.name
        return { ok: true, value: undefined }
      }
      if (there.failure === 'unreachable' || there.failure.code !== 'DOCUMENT_UNKNOWN') return there
    }
    // A new one may have the code of one that was deleted.
    return tellNode<ProductDocument>('/api/documents/products', product ? ready : { ...ready, _deleted: false })
  }
  return (
    <AskFirst
      title={product ? p('change.title', { name: product.name }) : p('add')}
      confirm={p(product ? 'save' : 'add')}
      ready={ready !== undefined}
      doIt={save}
      onDone={(saved) => {
        if (!saved) return
        const words = { name: saved.name, price: formatMoney(saved.price, saved.currency) }
        props.onDone(p(product ? 'changed' : 'added', words))
      }}
      onClose={props.onClose}
    >
      <p class="muted">{p(product ? 'change.text' : 'add.text')}</p>
      <Field
        label={p('name')}
        value={name}
        maxLength={200}
        testId="product-name"
        onInput={(text) => set({ name: text })}
      />
      <div class="console-pair">
        <Field
          label={p('price', { currency })}
          value={price}
          inputMode="decimal"
          maxLength={20}
          problem={problems.has('price') ? p('price.problem') : undefined}
          testId="product-price"
          onInput={(text) => set({ price: text })}
        />
        <Field
          label={p('unit')}
          value={unit}
          maxLength={100}
          testId="product-unit"
          onInput={(text) => set({ unit: text })}
        />
      </div>
      <Field
        label={p('category')}
        value={category}
        maxLength={100}
        testId="product-category"
        onInput={(text) => set({ category: text })}
      />
      {!product && (
        <Field
          label={p('code')}
          value={code}
          maxLength={64}
          hint={p('code.hint')}
          problem={problems.has('code') ? p('code.problem') : undefined}
          testId="product-code"
          onInput={(text) => set({ code: text.trim() })}
        />
      )}
      <label class="check">
        <input
          type="checkbox"
          checked={isSold}
          data-testid="product-sold"
          onChange={({ currentTarget }) => set({ isSold: currentTarget.checked })}
        />
        <span>{p('sold')}</span>
      </label>
      {!isSold && <p class="muted small">{p('sold.no')}</p>}
      {typed && !ready && <p class="muted small">{p('change.nothing')}</p>}
      {taken.value !== undefined && (
        <Notice tone="bad" testId="code-taken">
          {p('code.taken', { name: taken.value })}
        </Notice>
      )}
    </AskFirst>
  )
}
