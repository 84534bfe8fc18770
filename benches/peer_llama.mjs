// llama.cpp as the peer of `terrasight generate`: see real_file.py.
//
//     node peer_llama.mjs NODE_MODULES FILE NEW_TOKENS [leads] [no-system] < prompts.json
//
// prints a JSON list, one entry a prompt: its tokens, the greedy answer's, with `leads` by how much each token's logit led
// the second best, and the seconds that reading and answering took. With `no-system` the question is all that is said, as the
// starter's template has it; else Qwen's own system message stands before it.

import fs from "fs";
import path from "path";
import {pathToFileURL} from "url";

const [modules, file, newTokens, ...wanted] = process.argv.slice(2);
const entry = path.resolve(modules, "node-llama-cpp", "dist", "index.js");
const {getLlama} = await import(pathToFileURL(entry).href);
const prompts = JSON.parse(fs.readFileSync(0));
const llama = await getLlama({gpu: false, build: "never"});
const model = await llama.loadModel({modelPath: file});
const context = await model.createContext({contextSize: 2048, batchSize: 1024, threads: 2});
const sequence = context.getSequence();
const message = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.";
const system = wanted.includes("no-system") ? "" : `<|im_start|>system\n${message}<|im_end|>\n`;

async function answer(tokens, withLeads) {
    await sequence.clearHistory();
    const [ids, leads] = [[], []];
    const begin = performance.now();
    let first = 0;
    for await (const {token, probabilities} of sequence.evaluateWithMetadata(tokens, {probabilities: withLeads}, {temperature: 0})) {
        first ||= performance.now();
        ids.push(token);
        if (withLeads) {
            const [best, second] = [...probabilities.values()].sort((a, b) => b - a);
            leads.push(Math.log(best / second));
        }
        if (ids.length >= Number(newTokens)) break;
    }
    return {ids, leads, seconds: {prefill: (first - begin) / 1e3, decode: (performance.now() - first) / 1e3}};
}

const answers = [];
for (const prompt of prompts) {
    const text = `${system}<|im_start|>user\n${prompt}<|im_end|>\n<|im_start|>assistant\n`;
    const tokens = model.tokenize(text, true);
    // The seconds are those of a run that sorts no probabilities.
    const {ids, seconds} = await answer(tokens, false);
    const {leads} = wanted.includes("leads") ? await answer(tokens, true) : {leads: []};
    answers.push({prompt_token_ids: tokens, token_ids: ids, leads, seconds});
}
fs.writeSync(1, JSON.stringify(answers));
process.exit(0);
