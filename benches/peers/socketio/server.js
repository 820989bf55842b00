// What a good web developer would write to keep a help desk's messages: socket.io and better-sqlite3.
//
// A message is stored with a full sync before it is acknowledged (`synchronous = FULL`), then passed on to the room. A repeat is
// stored once. Who comes back gets what it missed: from socket.io's own connection state where that works, otherwise from
// the database, as socket.io's tutorial does it.
//
// Usage: node server.js DIRECTORY [--group]
//   --group  messages that arrive in one turn of the event loop share one transaction, and so one sync
'use strict';

const { createServer } = require('node:http');
const path = require('node:path');
const Database = require('better-sqlite3');
const { Server } = require('socket.io');

const FRAME_MAX_BYTES = 256 * 1024;
const TEXT_MAX_CHARS = 4000;
const RECOVER_MS = 2 * 60 * 1000;

const directory = process.argv[2];
const group = process.argv.includes('--group');

const db = new Database(path.join(directory, 'desk.sqlite'));
db.pragma('journal_mode = WAL');
db.pragma('synchronous = FULL');
db.exec(`
  CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY, conversation TEXT NOT NULL, sender TEXT NOT NULL, cmid TEXT NOT NULL,
    at INTEGER NOT NULL, text TEXT NOT NULL,
    UNIQUE (conversation, sender, cmid)
  );
  CREATE INDEX IF NOT EXISTS messages_of_conversation ON messages (conversation, id);
`);
const insert = db.prepare(
  'INSERT INTO messages (conversation, sender, cmid, at, text) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING');
const known = db.prepare('SELECT id FROM messages WHERE conversation = ? AND sender = ? AND cmid = ?');
const missed = db.prepare('SELECT id, cmid, sender, text FROM messages WHERE conversation = ? AND id > ? ORDER BY id');

/** Stores one message, in a transaction of its own unless one is open. */
function store(m) {
  const { changes, lastInsertRowid } = insert.run(m.conversation, m.sender, m.cmid, Date.now(), m.text);
  if (changes === 1) return { id: Number(lastInsertRowid), repeated: false };
  return { id: known.get(m.conversation, m.sender, m.cmid).id, repeated: true };
}
const storeAll = db.transaction((messages) => messages.map(store));

/** Acknowledges what is durable and passes it on. */
function settled(m, { id, repeated }) {
  m.answer({ id });
  if (!repeated) m.socket.to(m.conversation).emit('said', { id, cmid: m.cmid, sender: m.sender, text: m.text });
}

function now(m) {
  let done;
  try {
    done = store(m);
  } catch (error) {
    m.answer({ error: error.message });
    return;
  }
  settled(m, done);
}

let waiting = [];
function soon(m) {
  waiting.push(m);
  if (waiting.length === 1) setImmediate(flush);
}
function flush() {
  const messages = waiting;
  waiting = [];
  let done;
  try {
    done = storeAll(messages);
  } catch (error) {
    for (const m of messages) m.answer({ error: error.message });
    return;
  }
  messages.forEach((m, index) => settled(m, done[index]));
}

const http = createServer();
const io = new Server(http, {
  transports: ['websocket'],
  serveClient: false,
  maxHttpBufferSize: FRAME_MAX_BYTES,
  connectionStateRecovery: { maxDisconnectionDuration: RECOVER_MS, skipMiddlewares: true },
});

io.on('connection', (socket) => {
  const { conversation, sender, after } = socket.handshake.auth;
  if (typeof conversation === 'string') {
    socket.join(conversation);
    if (!socket.recovered) {
      for (const message of missed.iterate(conversation, Number(after) || 0)) socket.emit('said', message);
    }
    socket.on('say', (cmid, text, answer) => {
      if (typeof cmid !== 'string' || typeof text !== 'string' || typeof answer !== 'function') return;
      if (text.length > TEXT_MAX_CHARS) return answer({ error: 'too long' });
      (group ? soon : now)({ socket, conversation, sender: String(sender), cmid, text, answer });
    });
  }
  socket.emit('ready', { recovered: socket.recovered });
});

http.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({
    port: http.address().port,
    synchronous: db.pragma('synchronous', { simple: true }),
    journal: db.pragma('journal_mode', { simple: true }),
    versions: {
      node: process.version,
      'socket.io': require('socket.io/package.json').version,
      'better-sqlite3': require('better-sqlite3/package.json').version,
    },
  }));
});
