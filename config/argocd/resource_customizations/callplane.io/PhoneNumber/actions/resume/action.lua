local annotations = obj.metadata.annotations or {}
annotations["callplane.io/paused"] = nil
obj.metadata.annotations = annotations
return obj
