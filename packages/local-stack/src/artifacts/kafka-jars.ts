import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Artifact, ensureArtifact } from './artifact-cache.ts'
import { type MavenContext, mavenGoals, runMaven } from './maven.ts'

/** The Kafka this package starts. */
const kafkaVersion = '4.3.1'
/** Binds Kafka's logging to log4j; the version of the log4j that Kafka brings. Without it a broker says nothing. */
const loggingVersion = '2.25.4'

interface FetchContext extends MavenContext {
  readonly progress?: ((line: string) => void) | undefined
}

/** The folder that holds Kafka's jars, fetched the first time. */
export async function ensureKafkaJars(cacheRoot: string, context: FetchContext): Promise<string> {
  return join(await ensureArtifact(kafkaArtifact(cacheRoot, context), context), 'jars')
}

export function kafkaArtifact(cacheRoot: string, context: MavenContext): Artifact {
  return {
    name: `Kafka ${kafkaVersion}`,
    // The second number changes when the set of jars does.
    folder: join(cacheRoot, `kafka-${kafkaVersion}-1`),
    bytes: 300 * 1024 * 1024,
    required: [
      `jars/kafka_2.13-${kafkaVersion}.jar`,
      `jars/kafka-clients-${kafkaVersion}.jar`,
      `jars/log4j-core-${loggingVersion}.jar`,
      `jars/log4j-slf4j-impl-${loggingVersion}.jar`,
    ],
    async fetch(folder) {
      const project = join(folder, 'project')
      await mkdir(project)
      await writeFile(join(project, 'pom.xml'), pom)
      await runMaven(
        mavenGoals.copyDependencies,
        { includeScope: 'runtime', outputDirectory: join(folder, 'jars') },
        project,
        context,
      )
      await rm(project, { recursive: true })
    },
  }
}

const pom = `<?xml version="1.0" encoding="UTF-8"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>ledgerbus</groupId>
  <artifactId>local-kafka</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>${kafkaVersion}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId>
      <artifactId>log4j-slf4j-impl</artifactId>
      <version>${loggingVersion}</version>
    </dependency>
  </dependencies>
</project>
`
