export { brokerContract } from './broker-contract.ts'
export type {
  BrokerContractControls,
  BrokerContractOptions,
  BrokerContractPatience,
} from './broker/broker-contract-options.ts'
