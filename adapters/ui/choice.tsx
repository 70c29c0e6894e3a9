import type { ComponentChildren, JSX } from 'preact'

export interface ChoiceProps<Value extends string> {
  readonly legend: string
  readonly name: string
  readonly value: Value
  readonly options: readonly { readonly value: Value; readonly words: ComponentChildren }[]
  /** Of each option: with a hyphen and its value behind it. */
  readonly testId: string
  readonly onChange: (value: Value) => void
}

/** One of a few, all of them to be seen. */
export function Choice<Value extends string>(props: ChoiceProps<Value>): JSX.Element {
  return (
    <fieldset class="choices">
      <legend class="legend">{props.legend}</legend>
      {props.options.map(({ value, words }) => (
        <label key={value} class={props.value === value ? 'chosen' : ''}>
          <input
            type="radio"
            name={props.name}
            checked={props.value === value}
            data-testid={`${props.testId}-${value}`}
            onChange={() => props.onChange(value)}
          />
          <span>{words}</span>
        </label>
      ))}
    </fieldset>
  )
}
