/** What an error of the client means. */
export interface ErrorRow {
  /** Explained in `docs/errors.md`. */
  readonly code: string
  /** `unknown`: the request may have been carried out. */
  readonly outcome: 'failed' | 'unknown'
  /** Whether the same request may succeed later, with nothing changed. */
  readonly retriable: boolean
  /** What happened, then what to do. */
  readonly says: string
}

function refused(code: string, says: string): ErrorRow {
  return { code, outcome: 'failed', retriable: false, says }
}

/** Nothing was done; a later try may pass. */
function notNow(code: string, says: string): ErrorRow {
  return { code, outcome: 'failed', retriable: true, says }
}

/** It may have been done. */
function unsure(code: string, says: string): ErrorRow {
  return { code, outcome: 'unknown', retriable: true, says }
}

const unauthorized = (what: string) =>
  refused('BROKER_AUTHORIZATION', `this user has no right to ${what}; give it the right, or use another user`)
const coordinatorAway = notNow(
  'BROKER_COORDINATOR_UNAVAILABLE',
  'its coordinator is not available yet, as happens just after a broker starts; try again',
)
const leaderAway = notNow('BROKER_LEADER_UNAVAILABLE', 'the partition has no leader right now; look at the brokers')
const leaderMoved = unsure('BROKER_LEADER_MOVED', 'the partition moved to another broker before it answered')
const tooLarge = refused(
  'BROKER_RECORD_TOO_LARGE',
  'it is larger than the topic takes; send less at once, or raise max.message.bytes of the topic',
)
const fenced = refused(
  'BROKER_TRANSACTION_FENCED',
  'a later producer of this transactional id, or the time-out of the transaction, took over',
)
const memberFenced = refused('BROKER_MEMBER_FENCED', 'the group goes on without this member; it has to join again')
const producerState = notNow(
  'BROKER_PRODUCER_STATE',
  "the broker and this producer disagree on the partition's sequence; a new producer session is needed",
)
const badTopic = (what: string) => refused('BROKER_TOPIC_INVALID', what)
const noAuthentication = (why: string) =>
  refused('BROKER_AUTHENTICATION', `${why}; check mechanism, user name and password`)

/** Kafka's own error types, as kafkajs names them. */
export const protocolErrors: Readonly<Record<string, ErrorRow>> = {
  UNKNOWN: unsure('BROKER_FAULT', 'the broker met an unexpected error of its own; look into its log'),
  OFFSET_OUT_OF_RANGE: refused('BROKER_OFFSET_OUT_OF_RANGE', 'the partition does not hold this offset'),
  CORRUPT_MESSAGE: notNow('BROKER_RECORD_INVALID', 'it arrived damaged at the broker; look at the network'),
  UNKNOWN_TOPIC_OR_PARTITION: refused(
    'BROKER_TOPIC_UNKNOWN',
    'the topic does not exist; create it, or correct its name',
  ),
  INVALID_FETCH_SIZE: refused('BROKER_REQUEST_REFUSED', 'the broker refuses the size of the fetch'),
  LEADER_NOT_AVAILABLE: leaderAway,
  NOT_LEADER_FOR_PARTITION: leaderMoved,
  REQUEST_TIMED_OUT: unsure('BROKER_NO_ANSWER', 'the replicas did not confirm in time; look at the brokers'),
  BROKER_NOT_AVAILABLE: unsure('BROKER_UNREACHABLE', 'the broker is not available; look at the brokers'),
  REPLICA_NOT_AVAILABLE: leaderAway,
  MESSAGE_TOO_LARGE: tooLarge,
  OFFSET_METADATA_TOO_LARGE: refused(
    'BROKER_COMMIT_METADATA_TOO_LARGE',
    'the metadata of the commit is longer than the broker takes (offset.metadata.max.bytes)',
  ),
  NETWORK_EXCEPTION: unsure('BROKER_NO_ANSWER', 'the broker disconnected before it answered'),
  GROUP_LOAD_IN_PROGRESS: coordinatorAway,
  GROUP_COORDINATOR_NOT_AVAILABLE: coordinatorAway,
  NOT_COORDINATOR_FOR_GROUP: coordinatorAway,
  INVALID_TOPIC_EXCEPTION: badTopic('Kafka does not take this name, or the topic is reserved'),
  RECORD_LIST_TOO_LARGE: tooLarge,
  NOT_ENOUGH_REPLICAS: notNow(
    'BROKER_NOT_ENOUGH_REPLICAS',
    'fewer replicas are in sync than the topic demands (min.insync.replicas); look at the brokers',
  ),
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: unsure(
    'BROKER_NOT_ENOUGH_REPLICAS',
    'it was written, but fewer replicas are in sync than the topic demands (min.insync.replicas); look at the brokers',
  ),
  INVALID_REQUIRED_ACKS: refused('BROKER_REQUEST_REFUSED', 'the broker refuses the acknowledgement asked for'),
  ILLEGAL_GENERATION: memberFenced,
  INCONSISTENT_GROUP_PROTOCOL: refused(
    'BROKER_GROUP_REFUSED',
    'the other members of the group divide partitions by other rules; use one kind of client in a group',
  ),
  INVALID_GROUP_ID: refused('BROKER_GROUP_REFUSED', 'Kafka does not take this group id'),
  UNKNOWN_MEMBER_ID: memberFenced,
  INVALID_SESSION_TIMEOUT: refused(
    'BROKER_GROUP_REFUSED',
    'the broker refuses this sessionTimeoutMs (group.min.session.timeout.ms, group.max.session.timeout.ms)',
  ),
  REBALANCE_IN_PROGRESS: notNow('BROKER_REBALANCING', 'the group is sharing out its partitions; try again after it'),
  INVALID_COMMIT_OFFSET_SIZE: refused('BROKER_COMMIT_METADATA_TOO_LARGE', 'the commit is larger than the broker takes'),
  TOPIC_AUTHORIZATION_FAILED: unauthorized('use the topic'),
  GROUP_AUTHORIZATION_FAILED: unauthorized('use the group'),
  CLUSTER_AUTHORIZATION_FAILED: unauthorized('do this in the cluster'),
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: unauthorized('use the transactional id'),
  INVALID_TIMESTAMP: refused('BROKER_RECORD_INVALID', 'the topic refuses its timestamp (message.timestamp.*.max.ms)'),
  INVALID_RECORD: refused(
    'BROKER_RECORD_INVALID',
    'the broker refuses a record, as a compacted topic does without a key',
  ),
  UNSUPPORTED_SASL_MECHANISM: noAuthentication('the broker does not know this SASL mechanism'),
  ILLEGAL_SASL_STATE: noAuthentication('the broker expects SASL, or expects none'),
  SASL_AUTHENTICATION_FAILED: noAuthentication('the broker refused the credentials'),
  SECURITY_DISABLED: refused('BROKER_REQUEST_REFUSED', 'security features are switched off on the broker'),
  UNSUPPORTED_VERSION: refused('BROKER_UNSUPPORTED', 'the broker is too old or too new for this client'),
  UNSUPPORTED_FOR_MESSAGE_FORMAT: refused('BROKER_UNSUPPORTED', 'the topic has too old a message format'),
  UNSUPPORTED_COMPRESSION_TYPE: refused('BROKER_CODEC_MISSING', 'it does not take this compression'),
  TOPIC_ALREADY_EXISTS: refused('BROKER_TOPIC_EXISTS', 'it exists already'),
  INVALID_PARTITIONS: badTopic('the number of partitions is not valid'),
  INVALID_REPLICATION_FACTOR: badTopic(
    'the replication factor is not valid; there may be fewer brokers than replicas asked for',
  ),
  INVALID_REPLICA_ASSIGNMENT: badTopic('the assignment of replicas is not valid'),
  INVALID_CONFIG: badTopic('a setting is not valid; compare names and values with the documentation of Kafka'),
  POLICY_VIOLATION: badTopic('a policy of the cluster forbids it'),
  NOT_CONTROLLER: notNow('BROKER_COORDINATOR_UNAVAILABLE', 'the controller of the cluster moved; try again'),
  INVALID_REQUEST: refused('BROKER_REQUEST_REFUSED', 'the broker refuses the request; its log says why'),
  OUT_OF_ORDER_SEQUENCE_NUMBER: producerState,
  UNKNOWN_PRODUCER_ID: producerState,
  INVALID_PRODUCER_ID_MAPPING: producerState,
  DUPLICATE_SEQUENCE_NUMBER: { ...producerState, outcome: 'unknown' },
  INVALID_PRODUCER_EPOCH: fenced,
  TRANSACTION_COORDINATOR_FENCED: fenced,
  INVALID_TXN_STATE: refused('BROKER_TRANSACTION_UNUSABLE', 'the transaction is over, or the broker aborted it'),
  INVALID_TRANSACTION_TIMEOUT: refused(
    'BROKER_REQUEST_REFUSED',
    'transactionTimeoutMs is above what the broker allows (transaction.max.timeout.ms)',
  ),
  CONCURRENT_TRANSACTIONS: notNow(
    'BROKER_TRANSACTION_BUSY',
    'the former transaction of this id is still being ended; try again',
  ),
  KAFKA_STORAGE_ERROR: unsure('BROKER_FAULT', 'the broker cannot write to its disk; look into its log'),
  NON_EMPTY_GROUP: refused('BROKER_GROUP_NOT_EMPTY', 'the group has members; stop them first'),
  GROUP_SUBSCRIBED_TO_TOPIC: refused(
    'BROKER_GROUP_NOT_EMPTY',
    'the group has members that read the topic; stop them first',
  ),
  GROUP_ID_NOT_FOUND: refused('BROKER_GROUP_UNKNOWN', 'there is no such group'),
  GROUP_MAX_SIZE_REACHED: refused('BROKER_GROUP_REFUSED', 'the group has as many members as the broker allows'),
  LISTENER_NOT_FOUND: leaderAway,
  TOPIC_DELETION_DISABLED: refused('BROKER_REQUEST_REFUSED', 'the broker forbids deletions (delete.topic.enable)'),
  FENCED_LEADER_EPOCH: leaderMoved,
  UNKNOWN_LEADER_EPOCH: leaderMoved,
  OFFSET_NOT_AVAILABLE: leaderAway,
  PREFERRED_LEADER_NOT_AVAILABLE: leaderAway,
  UNSTABLE_OFFSET_COMMIT: notNow(
    'BROKER_COORDINATOR_UNAVAILABLE',
    'a transaction still holds offsets of the group; try again',
  ),
}

/** Types newer than kafkajs: it only gives their number. */
export const numberedErrors: Readonly<Record<number, ErrorRow>> = {
  89: notNow('BROKER_REQUEST_REFUSED', 'a quota of the broker is used up; try again later'),
  90: fenced,
  120: refused('BROKER_TRANSACTION_UNUSABLE', 'the transaction must be aborted'),
}

const unreachable = notNow(
  'BROKER_UNREACHABLE',
  'no broker answers; check that Kafka runs and that its addresses are right',
)

/** Errors of kafkajs itself, by name. Names that only wrap another error are not here. */
export const clientErrors: Readonly<Record<string, ErrorRow>> = {
  KafkaJSRequestTimeoutError: unsure('BROKER_NO_ANSWER', 'the broker did not answer in time; look at the brokers'),
  KafkaJSConnectionClosedError: unsure('BROKER_NO_ANSWER', 'the connection closed before the broker answered'),
  KafkaJSBrokerNotFound: unreachable,
  KafkaJSNoBrokerAvailableError: unreachable,
  KafkaJSMetadataNotLoaded: unreachable,
  KafkaJSTopicMetadataNotLoaded: unreachable,
  KafkaJSGroupCoordinatorNotFound: coordinatorAway,
  KafkaJSTimeout: unreachable,
  KafkaJSLockTimeout: notNow('BROKER_UNREACHABLE', 'requests before it took too long; look at the brokers'),
  KafkaJSSASLAuthenticationError: noAuthentication('the broker refused the credentials'),
  KafkaJSServerDoesNotSupportApiKey: refused('BROKER_UNSUPPORTED', 'the broker is too old for this client'),
  KafkaJSNotImplemented: refused(
    'BROKER_CODEC_MISSING',
    'records are compressed in a way this process cannot read; pass the codec in `codecs`',
  ),
}

/** Reasons for which a connection could not be made, by the code Node gives: nothing was sent. */
export const dialErrors: Readonly<Record<string, ErrorRow>> = {
  ECONNREFUSED: unreachable,
  ENOTFOUND: notNow('BROKER_UNREACHABLE', 'the host name is not known; correct the addresses in `brokers`'),
  EAI_AGAIN: notNow('BROKER_UNREACHABLE', 'the host name could not be looked up; look at the name server'),
}

/** What an error of TLS means: certificates, or a peer that does not speak it. */
export const tlsRow: ErrorRow = refused(
  'BROKER_TLS',
  'no secure connection could be made; check the certificates (`tls.ca`), and whether this listener of the broker speaks TLS',
)

/** A broken connection, or anything else that says nothing about the request. */
export const brokenRow: ErrorRow = unsure('BROKER_NO_ANSWER', 'the connection broke before the broker answered')

/** An error that kafkajs should not throw. */
export const faultRow: ErrorRow = unsure('BROKER_CLIENT_FAULT', 'the Kafka client failed unexpectedly')
