// Segments of every kind that aws-xray-sdk-core for Node makes; the daemon's address comes from AWS_XRAY_DAEMON_ADDRESS.
const xray = require('aws-xray-sdk-core');
xray.setLogger({ debug() {}, info() {}, warn() {}, error() {} });
xray.enableManualMode();
xray.middleware.disableCentralizedSampling();

function order(fail) {
  const segment = new xray.Segment('orders');
  segment.addIncomingRequestData(new xray.middleware.IncomingRequestData({
    method: 'POST', url: '/orders', headers: { host: 'shop.example.com', 'user-agent': 'curl/8.5.0', 'x-forwarded-for': '198.51.100.7' },
    connection: { remoteAddress: '127.0.0.1' },
  }));
  segment.setUser('user-17');
  segment.addAnnotation('tier', 'gold');
  segment.addAnnotation('items', 3);
  segment.addAnnotation('express', true);
  segment.addMetadata('cart', { lines: [{ sku: 'a-1', n: 2 }], total: 19.5 }, 'shop');
  const db = segment.addNewSubsegment('orders@db.example.com');
  db.namespace = 'remote';
  db.addSqlData(Object.assign(new xray.database.SqlData('16.1', 'pg 8', 'orders', 'db.example.com:5432/orders', 'statement'), {
    database_type: 'postgres', sanitized_query: 'INSERT INTO orders VALUES ($1)' }));
  db.close();
  const call = segment.addNewSubsegment('payments.example.com');
  call.addRemoteRequestData(
    { method: 'GET', path: '/charge', agent: { protocol: 'https:' }, getHeader: () => 'payments.example.com' },
    { statusCode: fail ? 503 : 200, headers: { 'content-length': '861' } }, true);
  const inner = call.addNewSubsegment('parse');
  if (fail) {
    const error = new TypeError('charge refused');
    error.stack = 'TypeError: charge refused\n    at charge (/srv/app/pay.js:12:9)\n    at /srv/app/app.js:40:3';
    inner.close(error);
  } else {
    inner.close();
  }
  call.close();
  segment.http.response = { status: fail ? 502 : 201 };
  segment.close(fail ? new Error('no payment') : undefined);
}
order(false);
order(true);
const long = new xray.Segment('batch');
const work = long.addNewSubsegment('work');
long.flush(); // still in progress
work.close();
long.close();
setTimeout(() => process.exit(0), 500);
