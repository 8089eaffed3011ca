// CancelJob with Oracle's own SDK: node oci_cancel.mjs URL JOB true|false [ETAG]
// DOORS_OCI_SDK is the folder with its node_modules.
// Prints {"answer": "accepted"} or the service's error code; anything else ends with status 1.
import { generateKeyPairSync } from "node:crypto";
import { createRequire } from "node:module";

const require = createRequire(process.env.DOORS_OCI_SDK + "/");
const common = require("oci-common");
const resourcemanager = require("oci-resourcemanager");

const [url, jobId, isForced, ifMatch] = process.argv.slice(2);
const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});
const authenticationDetailsProvider = new common.SimpleAuthenticationDetailsProvider(
  "ocid1.tenancy.oc1..t", "ocid1.user.oc1..u", "aa:bb:cc", privateKey, null, common.Region.US_ASHBURN_1,
);
const client = new resourcemanager.ResourceManagerClient(
  { authenticationDetailsProvider },
  { retryConfiguration: common.NoRetryConfigurationDetails },
);
client.endpoint = url;
try {
  await client.cancelJob({ jobId, isForced: isForced === "true", ...(ifMatch && { ifMatch }) });
  console.log(JSON.stringify({ answer: "accepted" }));
} catch (error) {
  if (!error.serviceCode) throw error;
  console.log(JSON.stringify({ answer: error.serviceCode, status: error.statusCode }));
}
process.exit(0);
