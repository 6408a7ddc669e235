'use strict';

// Notes are kept in MongoDB, visits are counted in Redis.
const fs = require('fs');
const http = require('http');
const os = require('os');
const path = require('path');
const { MongoClient, ObjectId } = require('mongodb');
const redis = require('redis');

const port = Number(process.env.PORT || 3000);
const mongo = new MongoClient(process.env.MONGO_URL, {
  serverSelectionTimeoutMS: 3000,
  useUnifiedTopology: true, // the driver of Debian 12 asks for it
});
const cache = redis.createClient({ url: process.env.REDIS_URL });
cache.on('error', (error) => console.error(`redis: ${error.message}`));

const page = fs.readFileSync(path.join(__dirname, 'public', 'index.html'));
const notes = () => mongo.db().collection('notes');

function send(response, status, body) {
  const text = JSON.stringify(body) + '\n';
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(text);
}

async function readJSON(request) {
  let text = '';
  for await (const part of request) {
    text += part;
    if (text.length > 65536) throw Object.assign(new Error('too long'), { status: 413 });
  }
  try {
    return JSON.parse(text || '{}');
  } catch {
    throw Object.assign(new Error('the body is not JSON'), { status: 400 });
  }
}

async function listNotes(_request, response) {
  const found = await notes().find().sort({ created: -1 }).limit(100).toArray();
  send(response, 200, found.map((note) => ({
    id: note._id.toString(), text: note.text, created: note.created,
  })));
}

async function addNote(request, response) {
  const { text } = await readJSON(request);
  if (typeof text !== 'string' || text.trim() === '') {
    return send(response, 400, { error: 'text is missing' });
  }
  const note = { text: text.trim(), created: new Date().toISOString() };
  const { insertedId } = await notes().insertOne({ ...note });
  send(response, 201, { id: insertedId.toString(), ...note });
}

async function removeNote(_request, response, id) {
  if (!ObjectId.isValid(id)) return send(response, 404, { error: 'no such note' });
  const { deletedCount } = await notes().deleteOne({ _id: new ObjectId(id) });
  send(response, deletedCount ? 200 : 404, { removed: deletedCount });
}

async function visits(_request, response) {
  send(response, 200, { visits: await cache.incr('visits'), servedBy: os.hostname() });
}

async function health(_request, response) {
  await mongo.db().command({ ping: 1 });
  await cache.ping();
  send(response, 200, { status: 'ok', node: process.version });
}

async function route(request, response) {
  const { pathname } = new URL(request.url, 'http://localhost');
  const key = `${request.method} ${pathname}`;
  const removal = /^DELETE \/api\/notes\/([^/]+)$/.exec(key);
  if (removal) return removeNote(request, response, removal[1]);
  switch (key) {
    case 'GET /':
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
      return response.end(page);
    case 'GET /api/notes': return listNotes(request, response);
    case 'POST /api/notes': return addNote(request, response);
    case 'GET /api/visits': return visits(request, response);
    case 'GET /healthz': return health(request, response);
    default: return send(response, 404, { error: 'not found' });
  }
}

const server = http.createServer((request, response) => {
  route(request, response).catch((error) => {
    console.error(`${request.method} ${request.url}: ${error.message}`);
    send(response, error.status || 503, { error: error.message });
  });
});

async function main() {
  await mongo.connect();
  await cache.connect();
  server.listen(port, () => console.log(`notes listens on ${port} (node ${process.version})`));
}

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => {
    console.log(`${signal}: closing`);
    server.close(() => process.exit(0));
    server.closeIdleConnections?.();
  });
}

main().catch((error) => {
  console.error(`cannot start: ${error.message}`);
  process.exit(1);
});
