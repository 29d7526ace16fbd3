// SPDX-License-Identifier: LGPL-2.1-or-later
// Exchanges objects with losses between the npm package raptorq and the codec, both ways.
// node exchange.mjs HELPER; HELPER is the program built from helper.c.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const helper = process.argv[2]

// The package holds an ES module under the name of a CommonJS one, so it is loaded by its text.
const file = createRequire(import.meta.url).resolve('raptorq/raptorq.js')
const text = readFileSync(file, 'utf8')
const raptorq = await import('data:text/javascript,' + encodeURIComponent(text))
await raptorq.default(readFileSync(file.replace('raptorq.js', 'raptorq_bg.wasm')))

// A small generator, so that every run loses the same packets.
let state = 1
function random() {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0
  return (state >>> 8) / 0x1000000
}

function run(mode, size, symbolSize, percent, input) {
  const result = spawnSync(helper, [mode, size, symbolSize, percent].map(String),
    { input, maxBuffer: 1 << 28 })
  if (result.status !== 0)
    throw new Error(`helper ${mode}: ${result.stderr} ${result.error ?? ''}`)
  return result.stdout
}

function theirsToOurs(object, symbolSize, percent) {
  const symbols = Math.ceil(object.length / symbolSize)
  const encoder = raptorq.Encoder.with_defaults(object, symbolSize)
  const repair = Math.ceil(symbols * percent / 50) + 12
  const packets = encoder.encode(repair)
  const kept = packets.filter(() => random() * 100 >= percent)
  encoder.free()
  return run('decode', object.length, symbolSize, percent, Buffer.concat(kept))
}

function oursToTheirs(object, symbolSize, percent) {
  const packets = run('encode', object.length, symbolSize, percent, object)
  const decoder = raptorq.Decoder.with_defaults(BigInt(object.length), symbolSize)
  for (let at = 0; at < packets.length; at += 4 + symbolSize) {
    const whole = decoder.decode(packets.subarray(at, at + 4 + symbolSize))
    if (whole !== undefined)
      return whole
  }
  throw new Error('the package needed more symbols')
}

let failed = 0
// The package's defaults take no symbols below 64 bytes, and a refusal there breaks its whole instance.
const sizes = [[640, 64], [7040, 64], [12345, 128], [134400, 1344], [300001, 256], [999999, 1024]]
for (const [size, symbolSize] of sizes) {
  const object = new Uint8Array(size).map(() => random() * 256)
  for (const percent of [0, 10, 40]) {
    for (const way of [theirsToOurs, oursToTheirs]) {
      let outcome = 'ok'
      try {
        if (Buffer.compare(Buffer.from(object), Buffer.from(way(object, symbolSize, percent))) !== 0)
          outcome = 'WRONG DATA'
      } catch (error) {
        outcome = error.message
      }
      failed += outcome !== 'ok'
      console.log(`${way.name} F=${size} T=${symbolSize} loss=${percent}%: ${outcome}`)
    }
  }
}
process.exit(failed === 0 ? 0 : 1)
