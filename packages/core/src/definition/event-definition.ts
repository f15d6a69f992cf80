import type { z } from 'zod'
import type { Envelope, EventMetrics, EventSubject } from '../envelope/envelope.ts'
import type { TopicSpec } from '../ports/broker-admin.ts'
import type { Upcasters } from './upcaster.ts'

/** The schemas of a payload's parts; an event has exactly the parts declared here. */
export interface PayloadSchemas {
  /** The entity before it changed. */
  readonly before?: z.ZodType
  /** The entity after it changed, or the fact itself. */
  readonly after?: z.ZodType
  /** What belongs to the event and not to the entity. */
  readonly extra?: z.ZodType
}

/** What `defineEvent` returns: a frozen value that everything else is inferred from. */
export interface EventDefinition<
  Name extends string = string,
  Payload extends PayloadSchemas = PayloadSchemas,
  RequireActor extends boolean = boolean,
  RequireEntity extends boolean = boolean,
> {
  readonly name: Name
  /** 1 to 65,535. */
  readonly version: number
  readonly description: string
  readonly topic: TopicSpec
  readonly entityType: string
  readonly action: string
  readonly requireActor: RequireActor
  readonly requireEntity: RequireEntity
  readonly payload: Payload
  /** From each older version that is known to the next. */
  readonly upcast?: Upcasters
  /** A payload as a publisher may give it; checked against the schemas. */
  readonly example?: PayloadInput<Payload>
  /** The record's key; `null`: none. A method, so that definitions of all payloads fit one list. */
  key(event: Envelope): string | null
}

type Flat<Shape> = { [Key in keyof Shape]: Shape[Key] }
type SchemaOf<Part> = Extract<Part, z.ZodType>
type InputOptional<Part> = undefined extends z.input<SchemaOf<Part>> ? true : false
type OutputOptional<Part> = undefined extends z.output<SchemaOf<Part>> ? true : false

/** A payload as publish takes it: the schemas' inputs; a part may be left out where its schema accepts `undefined`. */
export type PayloadInput<Payload extends PayloadSchemas> = Flat<
  // Parts that are not declared are named as `never`, so that a payload made elsewhere is refused too.
  { readonly [Part in Exclude<keyof PayloadSchemas, keyof Payload>]?: never } & {
    readonly [Part in keyof Payload as InputOptional<Payload[Part]> extends true ? never : Part]: z.input<
      SchemaOf<Payload[Part]>
    >
  } & {
    readonly [Part in keyof Payload as InputOptional<Payload[Part]> extends true ? Part : never]?: z.input<
      SchemaOf<Payload[Part]>
    >
  }
>

/** A payload as a handler gets it: the schemas' outputs. */
export type PayloadOutput<Payload extends PayloadSchemas> = Flat<
  {
    readonly [Part in keyof Payload as OutputOptional<Payload[Part]> extends true ? never : Part]: z.output<
      SchemaOf<Payload[Part]>
    >
  } & {
    readonly [Part in keyof Payload as OutputOptional<Payload[Part]> extends true ? Part : never]?: z.output<
      SchemaOf<Payload[Part]>
    >
  }
>

type Required<Field extends string, Value> = { readonly [Key in Field]: Value }
type Optional<Field extends string, Value> = { readonly [Key in Field]?: Value }
type RequiredIf<Condition extends boolean, Field extends string, Value> = [Condition] extends [true]
  ? Required<Field, Value>
  : Optional<Field, Value>

/** The envelope of a definition's events, as a handler gets it. */
export type EventOf<Definition extends EventDefinition> =
  Definition extends EventDefinition<infer Name, infer Payload, infer RequireActor, infer RequireEntity>
    ? Flat<
        Omit<Envelope<PayloadOutput<Payload>>, 'name' | 'actor' | 'entity'> & { readonly name: Name } & RequiredIf<
            RequireEntity,
            'entity',
            EventSubject
          > &
          RequiredIf<RequireActor, 'actor', EventSubject>
      >
    : never

/** What every publish may say besides the payload. Absent and `undefined` are the same. */
export interface EventInputFields {
  /** @default the definition's */
  readonly entityType?: string | undefined
  readonly organizationId?: string | undefined
  /** UUID. @default the context's, else the event's own id: it begins a story */
  readonly correlationId?: string | undefined
  /** UUID of the event that caused this one. @default the context's */
  readonly causationId?: string | undefined
  /** When it happened, RFC 3339 with any offset; carried in UTC, cut to milliseconds. @default now */
  readonly timestamp?: string | undefined
  /** UUID; give one to publish the same event again. @default a new one, version 7 */
  readonly eventId?: string | undefined
  /** The record's key; `null`: none. @default what the definition says, which is the entity's id by default */
  readonly key?: string | null | undefined
  /** Headers of your own, beside ours; names do not begin with `ce_` or `lb-`. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly metrics?: EventMetrics | undefined
}

type PayloadField<Payload extends PayloadSchemas> =
  Record<never, never> extends PayloadInput<Payload>
    ? { readonly payload?: PayloadInput<Payload> | undefined }
    : { readonly payload: PayloadInput<Payload> }

/** What publish takes for a definition. Fields are required exactly where the definition requires them. */
export type EventInput<Definition extends EventDefinition> =
  Definition extends EventDefinition<infer _Name, infer Payload, infer RequireActor, infer RequireEntity>
    ? Flat<
        PayloadField<Payload> &
          ([RequireEntity] extends [true] ? Required<'entityId', string> : Optional<'entityId', string | undefined>) &
          ([RequireActor] extends [true]
            ? Required<'actor', EventSubject>
            : Optional<'actor', EventSubject | undefined>) &
          EventInputFields
      >
    : never
