// Serves the page on the loopback address, opens it in a headless Chromium and prints what it measured as one line of JSON.
//
// node measure.js CHROMIUM AVATAR.vrm PICTURE.png QUERY
'use strict'

const { spawn } = require('node:child_process')
const fs = require('node:fs')
const http = require('node:http')
const os = require('node:os')
const path = require('node:path')

const [chromium, avatar, picture, query] = process.argv.slice(2)
if (!query) {
  console.error('usage: node measure.js CHROMIUM AVATAR.vrm PICTURE.png QUERY')
  process.exit(2)
}
const types = { '.html': 'text/html', '.js': 'text/javascript', '.vrm': 'model/gltf-binary' }

/** The file of a request, or nothing: the page, the avatar, and what is below `node_modules`. */
function fileOf(url) {
  const { pathname } = new URL(url, 'http://localhost')
  if (pathname === '/avatar.vrm') return avatar
  if (pathname === '/page.html' || pathname === '/page.js') return path.join(__dirname, pathname)
  if (!pathname.startsWith('/modules/')) return undefined
  const modules = path.join(__dirname, 'node_modules')
  const file = path.join(modules, pathname.slice('/modules/'.length))
  return file.startsWith(modules + path.sep) ? file : undefined
}

/** A process and all that it started (Linux). */
function family(root) {
  const parents = new Map()
  for (const pid of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const fields = stat(pid)
    if (fields) parents.set(Number(pid), Number(fields[1]))
  }
  const family = new Set([root])
  for (let before = 0; before !== family.size; ) {
    before = family.size
    for (const [pid, parent] of parents) if (family.has(parent)) family.add(pid)
  }
  return [...family]
}

/** What the system tells of a process, after its name. */
function stat(pid) {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    // It has ended meanwhile.
    return undefined
  }
}

/** Processor time of all of them so far, in milliseconds: Linux counts in hundredths of a second. */
function processorMs(root) {
  const ticks = family(root).map(stat).filter(Boolean).map((fields) => Number(fields[11]) + Number(fields[12]))
  return ticks.reduce((sum, n) => sum + n, 0) * 10
}

/** Their resident memory in bytes; pages that they share are counted once, in parts. */
function memory(root) {
  let kib = 0
  for (const pid of family(root)) {
    try {
      const sum = fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').match(/^Pss:\s+(\d+) kB/m)
      kib += sum ? Number(sum[1]) : 0
    } catch { /* it has ended meanwhile */ }
  }
  return kib * 1024
}

const server = http.createServer((request, response) => {
  if (request.method === 'POST' && request.url === '/mark') {
    response.end(String(processorMs(browser.pid)))
    return
  }
  if (request.method === 'POST' && request.url === '/result') {
    let text = ''
    request.on('data', (part) => { text += part })
    request.on('end', () => {
      const result = JSON.parse(text)
      result.memory_bytes = memory(browser.pid)
      if (result.picture) fs.writeFileSync(picture, Buffer.from(result.picture.split(',')[1], 'base64'))
      delete result.picture
      console.log(JSON.stringify(result))
      response.end()
      end(result.error ? 1 : 0)
    })
    return
  }
  const file = fileOf(request.url)
  if (!file || !fs.existsSync(file)) {
    response.writeHead(404).end()
    return
  }
  response.writeHead(200, { 'content-type': types[path.extname(file)] ?? 'application/octet-stream' })
  fs.createReadStream(file).pipe(response)
})

const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'avatardesk-three-'))
let browser
function end(code) {
  browser.once('exit', () => {
    fs.rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
    process.exit(code)
  })
  browser.kill()
}

server.listen(0, '127.0.0.1', () => {
  const size = new URLSearchParams(query)
  browser = spawn(chromium, [
    '--headless', '--no-sandbox', '--no-first-run', '--disable-extensions', '--disable-background-networking',
    // Chromium's own way to draw WebGL without a graphics card.
    '--use-angle=swiftshader', '--enable-unsafe-swiftshader',
    `--window-size=${size.get('width')},${size.get('height')}`, `--user-data-dir=${profile}`,
    `http://127.0.0.1:${server.address().port}/page.html?${query}`
  ], { stdio: ['ignore', 'ignore', 'ignore'] })
  browser.on('error', (why) => {
    console.error(`${chromium} could not be started: ${why.message}`)
    process.exit(1)
  })
})
