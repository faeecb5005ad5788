// What an export did not tell once, and an import may therefore leave out.
const LATER = ["given_for"];

// Says which properties of an object schema may be absent.
export default function allRequired({ properties = {}, required = [] }) {
  return Object.keys(properties)
    .filter((name) => !required.includes(name) && !LATER.includes(name))
    .map((name) => ({ message: `${name} may be absent from an answer` }));
}
