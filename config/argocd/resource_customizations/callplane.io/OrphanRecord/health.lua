-- A record is Open while something may still be at a provider that no object stands
-- for. Its conditions are there only while that is to be deleted:
-- https://github.com/callplane/callplane/blob/main/docs/orphans.md
local status = obj.status or {}
local count = #(status.resources or {})

if status.state == "Closed" then
  return { status = "Healthy", message = "Nothing is left" }
end
for _, condition in ipairs(status.conditions or {}) do
  if condition.status == "True" and condition.type == "Stalled" then
    return { status = "Degraded", message = condition.reason .. ": " .. (condition.message or "") }
  end
  if condition.status == "True" and condition.type == "Reconciling" then
    return { status = "Progressing", message = condition.reason .. ": " .. (condition.message or "") }
  end
end
if obj.spec.reason == "Retained" then
  return { status = "Healthy", message = "Retained, as the deletion policy says: " .. count .. " at the providers" }
end
return { status = "Suspended", message = obj.spec.reason .. ": " .. count .. " left at the providers; somebody has to say what becomes of them" }
