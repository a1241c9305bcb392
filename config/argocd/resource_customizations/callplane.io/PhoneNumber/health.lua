-- The conditions follow kstatus: status.observedGeneration, Ready, Reconciling, Stalled.
-- Corrupted is True while a cleanup has failed. CRD and conditions:
-- https://github.com/callplane/callplane/blob/main/docs/conditions.md
local status = obj.status or {}
local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end

local function isTrue(type)
  return conditions[type] ~= nil and conditions[type].status == "True"
end

local function says(type)
  return conditions[type].reason .. ": " .. (conditions[type].message or "")
end

local function paused()
  return (obj.metadata.annotations or {})["callplane.io/paused"] == "true"
end

local hs = { status = "Progressing", message = "Waiting for Callplane to look at it" }

-- Argo CD before 3.6 calls everything that is being deleted Progressing, and asks no
-- script. From 3.6 on a script is asked, and counts if it sets deletionMessage.
if obj.metadata.deletionTimestamp ~= nil then
  if isTrue("Corrupted") then
    hs.status = "Degraded"
    hs.message = says("Corrupted")
  elseif isTrue("Deleting") and conditions.Deleting.reason == "Paused" then
    hs.status = "Suspended"
    hs.message = says("Deleting")
  elseif isTrue("Deleting") then
    hs.message = says("Deleting")
  else
    hs.message = "Waiting for Callplane to tear it down"
  end
  hs.deletionMessage = hs.message
  return hs
end

if status.observedGeneration == nil or status.observedGeneration ~= obj.metadata.generation then
  return hs
end
if isTrue("Stalled") then
  hs.status = "Degraded"
  hs.message = says("Stalled")
elseif isTrue("Ready") then
  hs.status = "Healthy"
  hs.message = conditions.Ready.message
  if paused() then
    hs.message = "Paused: calls are taken, and nothing is changed at the providers"
  end
elseif paused() then
  hs.status = "Suspended"
  hs.message = "Paused before it was set up"
elseif conditions.Ready ~= nil then
  hs.message = says("Ready")
end
return hs
