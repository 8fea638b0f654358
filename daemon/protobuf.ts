import { BinaryReader, BinaryWriter } from "google-protobuf";

/** Reads the fields of one protobuf message; a field that is not named is skipped. */
export function eachField(bytes: Uint8Array, fields: Readonly<Record<number, (reader: BinaryReader) => void>>): void {
  const reader = new BinaryReader(bytes);
  while (reader.nextField() && !reader.isEndGroup()) {
    const read = fields[reader.getFieldNumber()];
    if (read === undefined) reader.skipField();
    else read(reader);
  }
}

/** The first string field of that number in a message; empty where it is absent, as in protobuf. */
export function stringField(bytes: Uint8Array, number: number): string {
  let text = "";
  eachField(bytes, {
    [number]: (reader) => {
      text = reader.readString();
    },
  });
  return text;
}

/** The bytes field of that number in a message; empty where it is absent. */
export function bytesField(bytes: Uint8Array, number: number): Uint8Array {
  let found: Uint8Array = new Uint8Array();
  eachField(bytes, {
    [number]: (reader) => {
      found = reader.readBytes();
    },
  });
  return found;
}

/** A message of string and bytes fields, by field number. */
export function message(fields: Readonly<Record<number, string | Uint8Array>>): Buffer {
  const writer = new BinaryWriter();
  for (const [number, value] of Object.entries(fields)) {
    if (typeof value === "string") writer.writeString(Number(number), value);
    else writer.writeBytes(Number(number), value);
  }
  return Buffer.from(writer.getResultBuffer());
}
