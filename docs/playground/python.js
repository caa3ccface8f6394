// A worker that runs criteria in Python, compiled to WebAssembly (Pyodide). All files come from this site.

import { loadPyodide } from "./python/pyodide.mjs";

const FOLDER = new URL("./python/", import.meta.url).href;
const PLACE = "/home/pyodide"; // the current folder, from which Python imports

async function fetched(name) {
  const response = await fetch(FOLDER + name);
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  return response;
}

async function load() {
  const pyodide = await loadPyodide({ indexURL: FOLDER });
  const { wheels, modules } = await fetched("files.json").then((response) => response.json());
  for (const name of wheels) pyodide.unpackArchive(await fetched(name).then((response) => response.arrayBuffer()), "wheel");
  for (const name of modules) pyodide.FS.writeFile(`${PLACE}/${name}`, await fetched(name).then((response) => response.text()));
  pyodide.runPython(`import sys; sys.path.insert(0, "${PLACE}")`);
  const { answer } = pyodide.pyimport("playground");
  postMessage({ answer: pyodide.runPython("'%d.%d.%d' % sys.version_info[:3]") });
  return answer;
}

const loading = load();
loading.catch((error) => postMessage({ failure: String(error) }));

onmessage = async ({ data: { number, request } }) => {
  const answer = await loading.catch(() => undefined);
  if (!answer) return;
  try {
    postMessage({ number, answer: answer(request) });
  } catch (error) {
    postMessage({ failure: String(error) });
  }
};
