// A device with the AWS SDK: its connection, over either version of MQTT, and the SDK's Jobs clients on it.

import { once } from 'node:events';
import { iot, iotjobs, mqtt, mqtt5 } from 'aws-iot-device-sdk-v2';

// As few subscriptions as the SDK allows: it gives up old ones for new ones, which the broker has to allow too.
const jobsOptions = {
  maxRequestResponseSubscriptions: 3,
  maxStreamingSubscriptions: 2,
  operationTimeoutInSeconds: 20,
};

// `broker`: { host, port, folder }, the folder being that of `drydock broker`.
async function connectMqtt5(broker, thing) {
  const config = iot.AwsIotMqtt5ClientConfigBuilder
    .newDirectMqttBuilderWithMtlsFromPath(
      broker.host, `${broker.folder}/things/${thing}.pem`, `${broker.folder}/things/${thing}.key`)
    .withCertificateAuthorityFromPath(undefined, `${broker.folder}/ca.pem`)
    .withPort(broker.port)
    .withConnectProperties({ clientId: thing, keepAliveIntervalSeconds: 60 })
    .build();
  const client = new mqtt5.Mqtt5Client(config);
  const connected = once(client, 'connectionSuccess');
  client.start();
  await connected;
  const jobs = iotjobs.IotJobsClientv2.newFromMqtt5(client, jobsOptions);
  return {
    jobs,
    async close() {
      jobs.close();
      const stopped = once(client, 'stopped');
      client.stop();
      await stopped;
      client.close();
    },
  };
}

async function connectMqtt311(broker, thing) {
  const config = iot.AwsIotMqttConnectionConfigBuilder
    .new_mtls_builder_from_path(`${broker.folder}/things/${thing}.pem`, `${broker.folder}/things/${thing}.key`)
    .with_certificate_authority_from_path(undefined, `${broker.folder}/ca.pem`)
    .with_endpoint(broker.host)
    .with_port(broker.port)
    .with_client_id(thing)
    .with_clean_session(true)
    .build();
  const connection = new mqtt.MqttClient().new_connection(config);
  await connection.connect();
  const jobs = iotjobs.IotJobsClientv2.newFromMqtt311(connection, jobsOptions);
  return {
    jobs,
    classicJobs: new iotjobs.IotJobsClient(connection),
    async close() {
      jobs.close();
      await connection.disconnect();
    },
  };
}

export const connectors = { 'MQTT 5': connectMqtt5, 'MQTT 3.1.1': connectMqtt311 };

// What a streaming operation tells, one by one in the order of arrival.
export class Events {
  #waiting = [];
  #arrived = [];
  #stream;

  // Resolves when the broker has taken the subscription.
  static async open(stream) {
    const events = new Events();
    events.#stream = stream;
    stream.on('incomingPublish', ({ message }) => events.#take(message));
    const subscribed = new Promise((resolve, reject) => {
      stream.on('subscriptionStatus', ({ error }) => (error ? reject(error) : resolve()));
    });
    stream.open();
    await subscribed;
    return events;
  }

  #take(message) {
    const waiter = this.#waiting.shift();
    if (waiter) waiter(message);
    else this.#arrived.push(message);
  }

  next() {
    if (this.#arrived.length > 0) return Promise.resolve(this.#arrived.shift());
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  // Those that nobody asked for.
  get left() {
    return this.#arrived;
  }

  close() {
    this.#stream.close();
  }
}
