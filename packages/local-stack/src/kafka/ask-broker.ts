import { connect } from 'node:net'
import { decodeAnswer, encodeRequest, type KafkaRequest } from './kafka-wire.ts'

/** Where a broker listens. */
export interface BrokerAddress {
  readonly host: string
  readonly port: number
}

const longestAnswerMs = 5_000

/**
 * Sends all requests over one new connection and collects the answers, in the order of the requests.
 *
 * @throws an Error when the broker cannot be reached, closes the connection, or does not answer in time
 */
export async function askBroker<Answer>(
  address: BrokerAddress,
  requests: readonly KafkaRequest<Answer>[],
  signal: AbortSignal,
): Promise<readonly Answer[]> {
  signal.throwIfAborted()
  if (requests.length === 0) return []
  return await new Promise((resolve, reject) => {
    const where = `${address.host}:${address.port}`
    const answers: Answer[] = []
    let received = Buffer.alloc(0)
    const socket = connect(address)

    function settle(action: () => void): void {
      signal.removeEventListener('abort', onAbort)
      socket.destroy()
      action()
    }
    const fail = (error: unknown): void => settle(() => reject(error))
    const onAbort = (): void => fail(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })

    socket.setTimeout(longestAnswerMs, () => fail(new Error(`${where} does not answer`)))
    socket.once('error', (error) => fail(new Error(`${where} cannot be reached`, { cause: error })))
    socket.once('close', () => fail(new Error(`${where} closed the connection`)))
    socket.once('connect', () => socket.write(Buffer.concat(requests.map(encodeRequest))))
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      try {
        while (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) {
          const end = 4 + received.readInt32BE(0)
          const request = requests[answers.length]
          // A broker answers the requests of one connection in their order, each once.
          if (request === undefined) return fail(new Error(`${where} answered more than it was asked`))
          answers.push(decodeAnswer(request, answers.length, received.subarray(4, end)))
          received = received.subarray(end)
        }
      } catch (error) {
        return fail(error)
      }
      if (answers.length === requests.length) settle(() => resolve(answers))
    })
  })
}
