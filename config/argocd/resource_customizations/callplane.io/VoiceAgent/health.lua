-- Ready alone says how it is; status.observedGeneration what it is said of:
-- https://github.com/callplane/callplane/blob/main/docs/conditions.md
local status = obj.status or {}
local hs = { status = "Progressing", message = "Waiting for Callplane to look at it" }
local deleting = obj.metadata.deletionTimestamp ~= nil

if deleting or status.observedGeneration == obj.metadata.generation then
  for _, condition in ipairs(status.conditions or {}) do
    if condition.type == "Ready" then
      hs.message = condition.reason .. ": " .. (condition.message or "")
      if condition.status == "True" and not deleting then
        hs.status = "Healthy"
      end
    end
  end
end
-- Asked from Argo CD 3.6 on only; then deletionMessage makes it count.
if deleting then
  hs.deletionMessage = hs.message
end
return hs
