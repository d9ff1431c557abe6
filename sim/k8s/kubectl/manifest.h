// sim/k8s/kubectl/manifest.h: the objects that -f names.
//
// Source: kubectl's resource builder (FilenameParam, Stream) and the texts of its errors.
// Not modelled: directories, URLs.

#pragma once

#include "sim/k8s/kubectl/resolve.h"

namespace sim::k8s::kubectl {

/// The objects of all files of -f, lists taken apart, each with its kind and namespace. Errors do
/// not stop it. Suspends if kinds must be discovered.
engine::Task<Plan> plan_of_files(Call call);

/// `STDIN`, or the file: as messages name where an object came from.
std::string quoted_source(const Item& item);

}  // namespace sim::k8s::kubectl
