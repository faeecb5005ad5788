// What an export did not tell once, and an import may therefore leave out, and beside what it is.
const LATER = { given_for: "inputs", created_at: "runs" };

// Says which properties of an object schema may be absent.
export default function allRequired({ properties = {}, required = [] }) {
  return Object.keys(properties)
    .filter((name) => !required.includes(name) && !(LATER[name] in properties))
    .map((name) => ({ message: `${name} may be absent from an answer` }));
}
