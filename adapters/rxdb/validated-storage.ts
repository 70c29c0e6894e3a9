/**
 * RxDB's validation of writes, without a rule of RxDB's own that holds by luck: its schemas want the write time
 * `_meta.lwt` to be a multiple of 0.01. A time in ms with two decimals is no exact number, and AJV divides: in 2000 to
 * 2009, in 2030 to 2059 and from 2090 on, up to a third of all right times have a quotient that is no integer.
 */
import { wrappedValidateStorageFactory, type RxJsonSchema } from 'rxdb'
import { getValidator } from 'rxdb/plugins/validate-ajv'

export const wrappedValidatedStorage = wrappedValidateStorageFactory(
  (schema) => getValidator(withoutTimeSteps(schema)),
  'ajv-without-time-steps',
)

// oxlint-disable-next-line typescript/no-explicit-any -- as RxDB's, of any document
function withoutTimeSteps(schema: RxJsonSchema<any>): RxJsonSchema<any> {
  const { _meta: meta } = schema.properties as { readonly _meta: RxJsonSchema<{ lwt: number }> }
  const { multipleOf: _step, ...lwt } = meta.properties.lwt
  return {
    ...schema,
    properties: { ...schema.properties, _meta: { ...meta, properties: { ...meta.properties, lwt } } },
  }
}
