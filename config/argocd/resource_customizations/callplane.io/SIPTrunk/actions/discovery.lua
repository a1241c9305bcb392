-- Argo CD runs an action also when it is disabled here: each checks for itself.
local broken, corrupted = false, false
for _, condition in ipairs((obj.status or {}).conditions or {}) do
  if condition.status == "True" then
    corrupted = corrupted or condition.type == "Corrupted"
    broken = broken or condition.type == "Corrupted" or condition.type == "Stalled"
  elseif condition.type == "Ready" then
    broken = true
  end
end
local deleting = obj.metadata.deletionTimestamp ~= nil
local paused = (obj.metadata.annotations or {})["callplane.io/paused"] == "true"

return {
  ["retry"] = {
    ["disabled"] = not broken,
    ["iconClass"] = "fa-solid fa-fw fa-rotate-right",
    ["displayName"] = "Try again now",
  },
  ["pause"] = {
    ["disabled"] = paused,
    ["iconClass"] = "fa-solid fa-fw fa-pause",
    ["displayName"] = "Pause",
  },
  ["resume"] = {
    ["disabled"] = not paused,
    ["iconClass"] = "fa-solid fa-fw fa-play",
    ["displayName"] = "Resume",
  },
  ["force-delete"] = {
    ["disabled"] = not (deleting and corrupted),
    ["iconClass"] = "fa-solid fa-fw fa-skull-crossbones",
    ["displayName"] = "Force delete: leave everything at the providers",
  },
}
