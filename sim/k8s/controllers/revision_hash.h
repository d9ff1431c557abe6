// sim/k8s/controllers/revision_hash.h: short names for revisions of a pod template.
//
// Concept: a hash of the template's canonical JSON, written with letters and digits that make no
// words. If another object has that name already, a count of collisions goes into the hash.
// Source: kube-controller-manager (ComputeHash, HashControllerRevision): 32-bit FNV-1a, written in
// decimal, each digit replaced (rand.SafeEncodeString).
// Not modelled: the text that Kubernetes hashes is a dump of its own structures, so the names of a
// real cluster are others.

#pragma once

#include <string>
#include <string_view>

#include "sim/json/value.h"

namespace sim::k8s {

/// `collision_count` is the field of a status; absent: it does not count.
std::string template_hash(const json::Value& pod_template, const json::Value& collision_count);
/// The same of any value.
std::string revision_hash(const json::Value& data, const json::Value& collision_count);
/// `text` with each byte replaced by one of `bcdfghjklmnpqrstvwxz2456789`.
std::string safe_encode(std::string_view text);

}  // namespace sim::k8s
