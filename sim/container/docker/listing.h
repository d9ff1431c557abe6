// sim/container/docker/listing.h: rows as tables, or by a format of the user's.
//
// Concept: a row has a text for each field. Without a format the fields of the command's columns
// are laid out as Docker does: columns at least 10 wide, 3 apart. A format is `{{.Field}}` between
// other text, one line for each row; behind `table` it is laid out under headers.
// Source: docker/cli, command/formatter. Not modelled: functions and conditions of templates.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/sync/error.h"

namespace sim::container::docker {

struct Field {
  std::string_view name;    // "Names"
  std::string_view header;  // "NAMES"
};

struct Listing {
  std::vector<Field> fields;
  /// Which fields are columns, by index, if there is no format.
  std::vector<size_t> columns;
  /// As many texts as there are fields.
  std::vector<std::vector<std::string>> rows;
};

struct Listed {
  std::string text;
  engine::Error error;
};
/// `format` may be empty, `table ...`, a template, or `json`.
Listed list_rows(const Listing& listing, std::string_view format);

}  // namespace sim::container::docker
