-- That discovery.lua disables an action only greys out its button: what must not be
-- done is refused here. Callplane refuses it once more.
local corrupted = false
for _, condition in ipairs((obj.status or {}).conditions or {}) do
  corrupted = corrupted or (condition.type == "Corrupted" and condition.status == "True")
end
if obj.metadata.deletionTimestamp == nil then
  error("force-delete refused: " .. obj.metadata.name .. " is not being deleted", 0)
end
if not corrupted then
  error("force-delete refused: the cleanup of " .. obj.metadata.name .. " has not failed (its condition Corrupted is not True)", 0)
end
local annotations = obj.metadata.annotations or {}
annotations["callplane.io/force-delete"] = "true"
obj.metadata.annotations = annotations
return obj
