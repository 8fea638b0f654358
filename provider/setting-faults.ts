import { stat } from "node:fs/promises";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { resolveEndpoint } from "../daemon/endpoint";
import { type Fault, isSlipwayError, messageOf } from "../values/fault";
import { endpointQuery, fromJson } from "./settings";
import { isObject, listOf, objectOf, type Properties, textOf, unknown } from "./value";

const registryFields = ["address", "authDisabled", "configFile", "configFileContent", "password", "username"];

/** Everything that can be known to be wrong without asking a daemon or a registry. */
export async function settingFaults(
  values: Properties,
  subject: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Fault[]> {
  const registries = listOf(values["registryAuth"]).map(objectOf);
  const nested = await Promise.all(registries.map((entry, index) => registryFaults(entry, index, subject, env)));
  return [...materialFaults(values, subject), ...nested.flat(), ...(await endpointFaults(values, subject, env))];
}

function materialFaults(values: Properties, subject: string): Fault[] {
  const faults: Fault[] = [];
  const forms = {
    caMaterial: /-----BEGIN (TRUSTED )?CERTIFICATE-----/,
    certMaterial: /-----BEGIN CERTIFICATE-----/,
    keyMaterial: /-----BEGIN ((EC|RSA|DSA) )?PRIVATE KEY-----/,
  };
  for (const [path, form] of Object.entries(forms)) {
    const text = textOf(values[path]);
    if (text === undefined || form.test(text)) continue;
    const advice = path === "keyMaterial" ? "Give the content of key.pem, without a passphrase." : "Give its content.";
    faults.push({
      subject,
      path,
      problem: `is no ${path === "keyMaterial" ? "private key" : "certificate"} in PEM`,
      advice,
    });
  }
  const given = (name: string): boolean => values[name] !== undefined;
  for (const [one, other] of [
    ["certMaterial", "keyMaterial"],
    ["keyMaterial", "certMaterial"],
  ] as const) {
    if (given(one) && !given(other)) {
      faults.push({ subject, path: other, problem: `is missing beside ${one}`, advice: "Give both, or none." });
    }
  }
  if (given("certPath") && (given("certMaterial") || given("keyMaterial"))) {
    const advice = "Keep one of the two.";
    faults.push({ subject, path: "certPath", problem: "stands beside certMaterial and keyMaterial", advice });
  }
  return faults;
}

async function registryFaults(
  entry: Properties,
  index: number,
  subject: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Fault[]> {
  const faults: Fault[] = [];
  const refuse = (field: string, problem: string, advice: string, value?: unknown): void => {
    faults.push({
      subject,
      path: `registryAuth[${index}].${field}`,
      problem,
      advice,
      ...(value === undefined ? {} : { value }),
    });
  };
  for (const field of Object.keys(entry)) {
    if (!registryFields.includes(field)) refuse(field, "is no field of it", `Use ${registryFields.join(", ")}.`);
  }
  const address = textOf(entry["address"]);
  if (address === undefined && entry["address"] !== unknown) {
    refuse("address", "is missing", "Name the registry, such as `registry.example.com` or `http://127.0.0.1:5000`.");
  } else if (address !== undefined && (/\s/.test(address) || /^(?!https?:)[a-z]+:\/\//.test(address))) {
    refuse("address", "is no address of a registry", "Write HOST[:PORT], or a URL with http or https.", address);
  }
  if (entry["username"] === undefined && entry["password"] !== undefined && !env["DOCKER_REGISTRY_USER"]) {
    refuse("username", "is missing beside the password", "Give both.");
  }
  const content = textOf(entry["configFileContent"]);
  if (content !== undefined && !isObject(fromJson(content))) {
    refuse("configFileContent", "is no JSON of a docker config file", 'Give {"auths": {…}}.');
  }
  const file = textOf(entry["configFile"]);
  if (file !== undefined && !(await isFile(resolve(file.replace(/^~(?=\/)/, homedir()))))) {
    refuse("configFile", "is no file that can be read", "Give its path, relative to the program.", file);
  }
  return faults;
}

/** The faults of host, context and certPath, as the look-up itself finds them; what is unknown yet is not looked up. */
async function endpointFaults(
  values: Properties,
  subject: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Fault[]> {
  const names = ["host", "context", "certPath"].filter((name) => textOf(values[name]) !== undefined);
  if (names.length === 0 || ["host", "context", "certPath"].some((name) => values[name] === unknown)) return [];
  try {
    await resolveEndpoint(endpointQuery(values, env));
    return [];
  } catch (error) {
    if (!isSlipwayError(error)) throw error;
    return error.faults.map((fault) => {
      const path = names.find((name) => messageOf(error).includes(`the provider's setting ${name}`));
      return path === undefined ? { ...fault } : { ...fault, subject, path };
    });
  }
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
