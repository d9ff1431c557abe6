#include "web/panels/packet_bytes.h"

#include <imgui_internal.h>

#include <algorithm>
#include <cmath>

#include "web/panels/packet_look.h"
#include "web/panels/words.h"

namespace web::panels {
namespace {

constexpr float kLine = 16.0F;
constexpr float kMonoSize = 12.0F;
constexpr size_t kHexRowsMax = 6;
constexpr size_t kMirroredMax = 80;

/// A range of the packet's bytes with its meaning. An empty range: a detail of the one before.
struct Row {
  size_t begin = 0;
  size_t end = 0;
  std::string text;
};

struct Section {
  std::string title;
  std::vector<Row> rows;
};

Section header_section(const std::string& wire, const char* title, size_t from, size_t to) {
  Section section{title, {}};
  for (const DecodedLine& line : header_lines(wire)) {
    if (line.begin < from || line.begin >= to) continue;
    const auto begin = static_cast<size_t>(line.begin);
    const auto end = static_cast<size_t>(line.end);
    section.rows.push_back({begin, std::min(end, wire.size()), line.text});
  }
  return section;
}

/// What the decoder says of the payload; what it says nothing of is shown as it is.
Section payload_section(const Flow& flow, const FlowPacket& packet, const std::string& wire) {
  const std::string& protocol = flow.decoding.protocol;
  Section section{protocol.empty() ? "Payload" : protocol, {}};
  const size_t header = header_bytes(wire);
  const uint64_t from = packet.offset;
  const uint64_t to = packet.offset + packet.length;
  const auto place_of = [&](uint64_t offset) {
    return std::min(header + static_cast<size_t>(offset - from), wire.size());
  };
  uint64_t told = from;
  const auto tell_raw = [&](uint64_t end) {
    if (end <= told) return;
    const size_t begin = place_of(told);
    const size_t stop = place_of(end);
    const std::string_view bytes = std::string_view(wire).substr(begin, stop - begin);
    if (stop > begin) section.rows.push_back({begin, stop, preview(bytes, 48)});
    told = end;
  };
  const std::vector<DecodedLine>& lines = flow.decoding.of(packet.side);
  auto line = std::lower_bound(lines.begin(), lines.end(), from,
                               [](const DecodedLine& l, uint64_t at) { return l.end <= at; });
  for (; line != lines.end() && line->begin <= to; ++line) {
    if (line->begin == line->end) {
      if (line->begin > from) section.rows.push_back({0, 0, line->text});
      continue;
    }
    if (line->begin >= to) break;
    tell_raw(line->begin);
    const uint64_t begin = std::max(line->begin, from);
    const uint64_t end = std::min(line->end, to);
    std::string text = line->text;
    if (begin > line->begin) text = "\xE2\x80\xA6 " + text;
    if (end < line->end) text += " \xE2\x80\xA6";
    section.rows.push_back({place_of(begin), place_of(end), std::move(text)});
    told = end;
  }
  tell_raw(to);
  return section;
}

std::string hex_of(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<uint8_t>(c);
    if (!out.empty()) out += ' ';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 0xf];
  }
  return out;
}

std::string offset_text(size_t offset) {
  const std::string digits = std::to_string(offset);
  return std::string(digits.size() < 4 ? 4 - digits.size() : 0, ' ') + digits;
}

struct Columns {
  size_t bytes_in_row = 8;
  float hex = 0;
  float words = 0;
  float words_width = 0;
};

Columns columns_for(float width) {
  Columns columns;
  ImGui::PushFont(ui::font(ui::Face::kMono), kMonoSize);
  const float letter = ImGui::CalcTextSize("0").x;
  ImGui::PopFont();
  columns.bytes_in_row = width > 350 ? 8 : 4;
  columns.hex = letter * 4 + 12;
  columns.words = columns.hex + letter * (static_cast<float>(columns.bytes_in_row) * 3 - 1) + 16;
  columns.words_width = std::max(width - columns.words, 60.0F);
  return columns;
}

void draw_row(const Row& row, const std::string& wire, const Columns& columns, bool shaded) {
  const ui::Palette& p = ui::palette();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const size_t length = row.end - row.begin;
  const size_t rows_needed = (length + columns.bytes_in_row - 1) / columns.bytes_in_row;
  const size_t rows = std::min(rows_needed, kHexRowsMax);
  ImGui::PushFont(ui::font(ui::Face::kBody), 13);
  const float words_height = ui::paragraph_height(columns.words_width, row.text);
  const float height = std::max(static_cast<float>(rows) * kLine, words_height) + 5;
  if (shaded) {
    list.AddRectFilled({at.x - 6, at.y},
                       {at.x + columns.words + columns.words_width, at.y + height},
                       ui::faded(p.raised, 0.55F), 3);
  }
  ui::draw_paragraph(list, {at.x + columns.words, at.y + 1}, columns.words_width, row.text,
                     length == 0 ? p.muted : p.text);
  ImGui::PopFont();
  ImGui::PushFont(ui::font(ui::Face::kMono), kMonoSize);
  for (size_t i = 0; i < rows; ++i) {
    const float y = at.y + 3 + static_cast<float>(i) * kLine;
    const size_t begin = row.begin + i * columns.bytes_in_row;
    if (i == 0) list.AddText({at.x, y}, p.faint, offset_text(begin).c_str());
    const bool is_cut = i + 1 == kHexRowsMax && rows_needed > kHexRowsMax;
    const std::string hex = is_cut ? "+" + grouped(row.end - begin)
                                   : hex_of(std::string_view(wire).substr(
                                         begin, std::min(columns.bytes_in_row, row.end - begin)));
    list.AddText({at.x + columns.hex, y}, is_cut ? p.faint : p.ready, hex.c_str());
  }
  ImGui::PopFont();
  ImGui::Dummy({columns.words + columns.words_width, height - ImGui::GetStyle().ItemSpacing.y});
}

void mirror_section(const Section& section, const std::string& wire, size_t& count) {
  for (const Row& row : section.rows) {
    if (++count > kMirroredMax) return;
    constexpr size_t kSpelledOut = 8;
    const size_t length = row.end - row.begin;
    std::string words;
    if (length > 0 && length <= kSpelledOut) {
      words = hex_of(std::string_view(wire).substr(row.begin, length)) + ": ";
    } else if (length > 0) {
      words = grouped(length) + " bytes: ";
    }
    ui::mirror().add({.id = "bytes." + std::to_string(count),
                      .role = ui::Role::kItem,
                      .label = words + row.text});
  }
}

}  // namespace

void packet_bytes(App& app, const Flow& flow, const FlowPacket& packet) {
  const Session& session = app.session();
  const CapturedPacket& entry = session.capture().packets()[packet.place];
  const std::string& wire = entry.packet->wire;
  constexpr size_t kIpBytes = 20;
  const bool is_tcp = flow.protocol == sim::net::Protocol::kTcp;
  std::vector<Section> sections;
  if (packet.length > 0) sections.push_back(payload_section(flow, packet, wire));
  sections.push_back(
      header_section(wire, is_tcp ? "TCP header" : "UDP header", kIpBytes, header_bytes(wire)));
  sections.push_back(header_section(wire, "IP header", 0, kIpBytes));
  {
    const ui::Region list("bytes", "Bytes of " + packet_words(session.network(), *entry.packet),
                          ui::Role::kList);
    size_t count = 0;
    for (const Section& section : sections) mirror_section(section, wire, count);
  }
  if (!ui::visible()) return;
  {
    const ui::Letters letters(ui::Face::kBody, ui::kSmallSize, ui::palette().muted);
    std::string words = "sent at " + clock_text(entry.packet->sent_at) + ", " +
                        fate_words(entry, session.position());
    if (packet.is_repeated) words += "; sent before";
    if (entry.is_cut_short) words += "; only its first bytes were kept";
    ui::paragraph(words);
  }
  const Columns columns = columns_for(ImGui::GetContentRegionAvail().x - 4);
  for (const Section& section : sections) {
    {
      const ui::Letters letters(ui::Face::kStrong, ui::kSmallSize, ui::palette().muted);
      ImGui::TextUnformatted(section.title.c_str());
    }
    bool shaded = false;
    for (const Row& row : section.rows) draw_row(row, wire, columns, shaded = !shaded);
    ImGui::Dummy({1, 3});
  }
}

}  // namespace web::panels
