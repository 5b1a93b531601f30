// W by hypercore, for the crate around it, whose module `others/hypercore.rs` says what is measured.
//
// Standard input has the work as JSON: how many authors, how many posts both sides have heard, and
// all posts, each as its author and its block. Standard output gets one line: the bytes of the
// three contacts. The only argument is a folder for the stores. Every block is read again at both
// sides; where one is missing or another, it fails.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Corestore from 'corestore'

// What the framing puts before each message, in bytes.
const LENGTH_BYTES = 3
// So long nothing is sent before a connection counts as silent.
const SILENCE_MS = 700
// So long a contact may take.
const LONGEST_MS = 600_000

const folder = process.argv[2]
const work = JSON.parse(readFileSync(0, 'utf8'))
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))

async function replica (name) {
  const store = new Corestore(join(folder, name))
  await store.ready()
  return { store, cores: [] }
}

// The core of an author who speaks at this side.
async function own (side, author) {
  const core = side.store.get({ name: `author-${author}` })
  await core.ready()
  side.cores[author] = core
  return core.key
}

// The core of an author who speaks elsewhere; all of it is wanted.
async function follow (side, author, key) {
  const core = side.store.get({ key })
  await core.ready()
  core.download({ start: 0, end: -1 })
  side.cores[author] = core
}

// A contact of two sides until both have the same; gives the bytes both ways, as the protocol hands
// them to the connection, which encrypts.
async function meet (one, other) {
  let sent = 0
  const end = (side, initiator) => {
    const raw = side.store.replicate(initiator, { keepAlive: false })
    const noise = raw.noiseStream
    const write = noise.write
    noise.write = message => {
      sent += LENGTH_BYTES + message.byteLength
      return write.call(noise, message)
    }
    return raw
  }
  const [here, there] = [end(one, true), end(other, false)]
  const gone = [here, there].map(raw => new Promise(resolve => raw.once('close', resolve)))
  here.on('error', () => {})
  there.on('error', () => {})
  here.pipe(there).pipe(here)
  const start = Date.now()
  const level = author => {
    const [a, b] = [one.cores[author], other.cores[author]]
    return a.length === b.length && a.contiguousLength === a.length && b.contiguousLength === b.length
  }
  let author = 0
  while (author < work.authors) {
    if (level(author)) {
      author += 1
    } else {
      await sleep(20)
      author = 0
      if (Date.now() - start > LONGEST_MS) throw new Error('the replication does not come to its end')
    }
  }
  let last = -1
  while (last !== sent) {
    last = sent
    await sleep(SILENCE_MS)
  }
  here.destroy()
  there.destroy()
  await Promise.all(gone)
  return sent
}

// Checks that a side holds these posts and no others.
async function check (side, posts) {
  const next = new Array(work.authors).fill(0)
  for (const [author, block] of posts) {
    const held = await side.cores[author].get(next[author], { wait: false })
    if (held === null || held.toString() !== block) throw new Error('a block is another')
    next[author] += 1
  }
  for (const [author, length] of next.entries()) {
    if (side.cores[author].length !== length) throw new Error('a core is longer than what was said')
  }
}

const sides = [await replica('one'), await replica('other')]
const keys = []
for (let author = 0; author < work.authors; author++) {
  keys[author] = await own(sides[author % 2], author)
  await follow(sides[1 - author % 2], author, keys[author])
}
const say = async posts => {
  for (const [author, block] of posts) {
    await sides[author % 2].cores[author].append(Buffer.from(block))
  }
}
const checkBoth = async (one, other, posts) => {
  await check(one, posts)
  await check(other, posts)
}

const heard = work.posts.slice(0, work.heard)
await say(heard)
await meet(...sides)
await checkBoth(...sides, heard)
await say(work.posts.slice(work.heard))
const differences = await meet(...sides)
await checkBoth(...sides, work.posts)
const nothing = await meet(...sides)
const fresh = await replica('fresh')
for (const [author, key] of keys.entries()) await follow(fresh, author, key)
const empty = await meet(fresh, sides[0])
await checkBoth(fresh, sides[0], work.posts)
console.log(JSON.stringify({ differences, nothing, empty }))
for (const side of [...sides, fresh]) await side.store.close()
