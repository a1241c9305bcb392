-- Complete is True once every number has a result, Failed if none could be deleted:
-- https://github.com/callplane/callplane/blob/main/docs/conditions.md
local status = obj.status or {}
local hs = { status = "Progressing", message = "Waiting for Callplane to begin" }

local failed, complete
for _, condition in ipairs(status.conditions or {}) do
  if condition.type == "Failed" and condition.status == "True" then
    failed = condition
  elseif condition.type == "Complete" then
    complete = condition
  end
end

if failed ~= nil then
  hs.status = "Degraded"
  hs.message = failed.reason .. ": " .. (failed.message or "")
elseif complete ~= nil then
  hs.message = complete.reason .. ": " .. (complete.message or "")
  if complete.status == "True" and complete.reason == "AllDeleted" then
    hs.status = "Healthy"
  elseif complete.status == "True" then
    hs.status = "Degraded"
  end
end
-- It has no finalizer of its own: nothing more is said of one that is being deleted.
return hs
