/** For `--help`. */
export const environmentHelp = `Variables:
  KAFKA_BROKERS             addresses, host:port with commas between
  KAFKA_CLIENT_ID           how we are named in the broker's log (ledgerbus)
  KAFKA_SSL                 true or false
  KAFKA_SASL_MECHANISM      plain, scram-sha-256 or scram-sha-512
  KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD
  KAFKA_SASL_UNSAFE_PLAIN_WITHOUT_TLS  true: send the password in the clear
  CLICKHOUSE_URL            e.g. http://localhost:8123
  CLICKHOUSE_USER, CLICKHOUSE_PASSWORD, CLICKHOUSE_DATABASE
  CLICKHOUSE_CLUSTER        its name in remote_servers, where there is more than one node
  CLICKHOUSE_SHARDS         one address a shard, in the cluster's order
  CLICKHOUSE_REPLICATION    keeper, none or shared (keeper)
  CLICKHOUSE_QUORUM         parallel or sequential (parallel)
  LEDGERBUS_ORGANIZATION    read its entries only; refused without row policies
  SCHEMA_REGISTRY_URL
  LEDGERBUS_CONFIG          the project file, instead of ledgerbus.config.*
  LEDGERBUS_SINK_TOPICS, LEDGERBUS_SINK_GROUP
  LEDGERBUS_SEAL_KEY, LEDGERBUS_SEAL_PUBLIC_KEY  Ed25519 keys in PEM: seals are signed, and must be
  LEDGERBUS_LOG_LEVEL       debug, info, warn, error or silent
  NO_COLOR                  no colours
Passwords and keys are also read from the file that <NAME>_FILE names.`
