# Secondary MMUs are not told of what was closed.
s/bool tell = .*mm_has_notifiers(span->mm);/bool tell = false;/
