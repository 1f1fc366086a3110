-- For wrk: POSTs an app's event of about 1.2 kB again and again, each with ids of its own.
-- Arguments: the header's value, and what makes the ids of this run its own.
local threads = 0

function setup(thread)
  thread:set("thread_number", threads)
  threads = threads + 1
end

function init(args)
  count, secret, run = 0, args[1], args[2]
  padding = string.rep("the pump is leaking again ", 33)
end

function request()
  count = count + 1
  local id = string.format("%s-%d-%d", run, thread_number, count)
  local customer = string.format("%04d", count % 1000)
  local body = '{"type":"InboundMessage","locationId":"LOCaaaaaaaaaaaaaaaa1","webhookId":"' .. id ..
    '","messageId":"MSG' .. id .. '","contactId":"CTC' .. customer .. '","conversationId":"CNV' .. customer ..
    '","messageType":"SMS","direction":"inbound","body":"' .. padding .. id .. '"}'
  return wrk.format("POST", nil, {["X-NTPP-Secret"] = secret, ["Content-Type"] = "application/json"}, body)
end

function done(summary, latency, requests)
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format('\n{"answered":%d,"refused":%d,"failed":%d,"seconds":%f,"p50":%f,"p99":%f}\n',
    summary.requests, summary.errors.status, failed, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
