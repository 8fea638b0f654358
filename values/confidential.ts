const words = /PASS(WORD|WD|PHRASE)?$|SECRET|TOKEN|(^|_)KEY$|APIKEY|CREDENTIAL|PRIVATE|(^|_)AUTH$/i;

/** True for a variable's name that sounds as if its value is to be kept from readers: `DB_PASSWORD`, `API_KEY`. */
export function isConfidential(name: string): boolean {
  // `…_FILE` names a file, by the convention of Docker's own images.
  return words.test(name) && !/_FILE$/i.test(name);
}
