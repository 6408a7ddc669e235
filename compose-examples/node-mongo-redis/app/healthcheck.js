'use strict';

const request = require('http').get(`http://127.0.0.1:${process.env.PORT || 3000}/healthz`, (response) => {
  response.resume();
  console.log(`status ${response.statusCode}`);
  process.exitCode = response.statusCode === 200 ? 0 : 1;
});
request.on('error', (error) => {
  console.log(error.message);
  process.exitCode = 1;
});
