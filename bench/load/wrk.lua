-- Sends the prepared requests of a file in turn; every mark in them becomes a number that no other request has.

local threads = {}

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

function init(args)
  local mark, run = args[2], tonumber(args[3])
  prepared, sent = {}, 0
  for text in (io.open(args[1], "rb"):read("*a") .. "\0"):gmatch("(%Z*)%z") do
    table.insert(prepared, split(text, mark))
  end
  first = math.floor(#prepared * number / 2)
  unique = string.format("%04d%02d", run, number) .. "%010d"
end

function split(text, mark)
  local parts, place = {}, 1
  local from, to = text:find(mark, place, true)
  while from do
    table.insert(parts, text:sub(place, from - 1))
    place = to + 1
    from, to = text:find(mark, place, true)
  end
  table.insert(parts, text:sub(place))
  return parts
end

function request()
  sent = sent + 1
  local parts = prepared[(first + sent) % #prepared + 1]
  if #parts == 1 then return parts[1] end
  return table.concat(parts, unique:format(sent))
end

function done(summary, latency)
  local all = 0
  for _, thread in ipairs(threads) do all = all + thread:get("sent") end
  local errors = summary.errors
  local percentiles = {}
  for _, percent in ipairs({50, 90, 95, 99}) do
    table.insert(percentiles, string.format('"%d": %d', percent, latency:percentile(percent)))
  end
  print(string.format(
    '{"microseconds": %d, "sent": %d, "answers": %d, "refused": %d, "broken": %d, "latencies": {%s}}',
    summary.duration, all, summary.requests, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout, table.concat(percentiles, ", ")))
end
