'use strict';

console.log(`node ${process.version} listens`);
require('http')
  .createServer((_request, response) => response.end(`node ${process.version}\n`))
  .listen(3000);
process.on('SIGTERM', () => process.exit(0));
