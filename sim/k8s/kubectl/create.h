// sim/k8s/kubectl/create.h: what the generators of `kubectl create KIND` share.

#pragma once

#include "sim/k8s/kubectl/commands.h"

namespace sim::k8s::kubectl {

/// An error unless exactly one name is given.
engine::Error one_name(const Call& call);
/// An object of that kind with the name that is given.
Value named(const Call& call, std::string_view api_version, std::string_view kind);
/// create_and_print(), with something before what the server says.
Outcome create_as(Call call, Value object, std::string prefix);

/// A container as generators make it: its name from the image's.
std::string name_of_image(std::string_view image);
/// The words behind `--`.
Value words_behind_dashes(const Call& call);
/// `a=b,c=d` as an object of labels; an error if it is none.
struct ReadLabels {
  Value labels;
  engine::Error error;
};
ReadLabels read_labels(std::string_view text);

}  // namespace sim::k8s::kubectl
