-- Ready alone says how it is; status.observedGeneration what it is said of:
-- https://github.com/callplane/callplane/blob/main/docs/conditions.md
local status = obj.status or {}
local hs = { status = "Progressing", message = "Waiting for Callplane to verify the credentials" }

-- Asked from Argo CD 3.6 on only; then deletionMessage makes it count.
if obj.metadata.deletionTimestamp ~= nil then
  local users = status.phoneNumbers or {}
  hs.message = "It stays until the last number or trunk that needs it is gone; numbers: " .. tostring(users.count or 0)
  hs.deletionMessage = hs.message
  return hs
end

if status.observedGeneration == nil or status.observedGeneration ~= obj.metadata.generation then
  return hs
end
-- These go away by themselves: the Secret is yet to come, or the provider to answer.
local passing = { SecretNotFound = true, SecretTerminating = true, Unreachable = true }
for _, condition in ipairs(status.conditions or {}) do
  if condition.type == "Ready" then
    hs.message = condition.reason .. ": " .. (condition.message or "")
    if condition.status == "True" then
      hs.status = "Healthy"
    elseif not passing[condition.reason] then
      hs.status = "Degraded"
    end
  end
end
return hs
