-- Lodges by Connect JSON, each a case of its own, for wrk: bench/http_load.py.
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init()
  math.randomseed(os.time() * 1000 + number)
  run = string.format("wrk-%d-%08x-", number, math.random(0, 0x7fffffff))
  lodged = 0
end

function request()
  lodged = lodged + 1
  local body = '{"tenant":"taisugar","service":"customer-complaint","channel":"CHANNEL_APP","subject":"冰品買到過期品",' ..
    '"applicant":{"name":"林小姐","phone":"0912-345-678"},"requestId":"' .. run .. lodged .. '"}'
  return wrk.format("POST", "/casewheel.v1.Cases/LodgeCase", {["Content-Type"] = "application/json"}, body)
end
