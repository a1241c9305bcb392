local annotations = obj.metadata.annotations or {}
annotations["callplane.io/paused"] = "true"
obj.metadata.annotations = annotations
return obj
