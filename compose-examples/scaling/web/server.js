'use strict';

const os = require('os');
require('http')
  .createServer((_request, response) => response.end(`served by ${os.hostname()}\n`))
  .listen(3000);
process.on('SIGTERM', () => process.exit(0));
