#include "web/app/conversations.h"

#include <algorithm>

#include "sim/net/packet.h"

namespace web {

using sim::net::PacketView;
using sim::net::Protocol;
using sim::net::Segment;

namespace {

size_t index(Side side) {
  return static_cast<size_t>(side);
}

bool opens(const PacketView& packet) {
  return packet.protocol == Protocol::kTcp && (packet.flags & Segment::kSyn) != 0 &&
         (packet.flags & Segment::kAck) == 0;
}

}  // namespace

size_t Flow::packets_until(uint64_t position, const Capture& capture) const {
  const auto end = std::upper_bound(packets.begin(), packets.end(), position,
                                    [&](uint64_t step, const FlowPacket& packet) {
                                      return step < capture.packets()[packet.place].sent_step;
                                    });
  return static_cast<size_t>(end - packets.begin());
}

const Mark* Flow::sent_mark(Side side, uint64_t offset) const {
  const auto& marks = sent[index(side)];
  const auto found =
      std::upper_bound(marks.begin(), marks.end(), offset,
                       [](uint64_t wanted, const Mark& mark) { return wanted < mark.end; });
  return found == marks.end() ? nullptr : &*found;
}

const Mark* Flow::arrived_mark(Side side, uint64_t end) const {
  const auto& marks = arrived[index(side)];
  const auto found =
      std::lower_bound(marks.begin(), marks.end(), end,
                       [](const Mark& mark, uint64_t wanted) { return mark.end < wanted; });
  return found == marks.end() ? nullptr : &*found;
}

void Conversations::catch_up(const Capture& capture) {
  const auto& changes = capture.changes();
  seats_.resize(capture.packets().size());
  for (; next_change_ < changes.size(); ++next_change_) {
    const Capture::Change& change = changes[next_change_];
    const CapturedPacket& entry = capture.packets()[change.place];
    if (!change.is_end) {
      take_sent(entry, change.place);
    } else if (entry.fate == CapturedPacket::Fate::kArrived) {
      take_arrived(entry, change.place);
    }
  }
}

size_t Conversations::flow_of(const PacketView& packet, uint64_t step) {
  const Key key{std::minmax(packet.source, packet.destination), packet.protocol};
  const auto found = latest_.find(key);
  if (found != latest_.end()) {
    const Stream& stream = states_[found->second].streams[index(Side::kClient)];
    const bool renews = opens(packet) && stream.has_first && stream.first_seq != packet.seq + 1;
    if (!renews) return found->second;
  }
  Flow flow;
  const bool is_answer =
      packet.protocol == Protocol::kTcp && !opens(packet) && (packet.flags & Segment::kSyn) != 0;
  flow.client = is_answer ? packet.destination : packet.source;
  flow.server = is_answer ? packet.source : packet.destination;
  flow.client_machine = is_answer ? packet.to : packet.from;
  flow.server_machine = is_answer ? packet.from : packet.to;
  flow.protocol = packet.protocol;
  flow.first_step = step;
  flows_.push_back(std::move(flow));
  states_.emplace_back();
  latest_[key] = flows_.size() - 1;
  return flows_.size() - 1;
}

void Conversations::take_sent(const CapturedPacket& entry, size_t place) {
  const PacketView& packet = *entry.packet;
  const size_t number = flow_of(packet, entry.sent_step);
  Flow& flow = flows_[number];
  const Side side = packet.source == flow.client ? Side::kClient : Side::kServer;
  Stream& stream = states_[number].streams[index(side)];
  FlowPacket taken;
  taken.place = place;
  taken.side = side;
  taken.length = packet.payload_bytes;
  if (packet.protocol == Protocol::kTcp) {
    const bool is_syn = (packet.flags & Segment::kSyn) != 0;
    if (!stream.has_first && (packet.flags & Segment::kRst) == 0) {
      stream.has_first = true;
      stream.first_seq = packet.seq + (is_syn ? 1 : 0);
      flow.first_seq[index(side)] = stream.first_seq;
    }
    const auto ahead =
        static_cast<int32_t>(packet.seq - stream.first_seq - static_cast<uint32_t>(stream.next));
    const int64_t offset = static_cast<int64_t>(stream.next) + ahead;
    taken.offset = offset < 0 ? 0 : static_cast<uint64_t>(offset);
  } else {
    taken.offset = stream.next;
  }
  const uint64_t end = taken.offset + taken.length;
  taken.is_repeated = taken.length > 0 && end <= stream.next;
  seats_[place] = {number, flow.packets.size()};
  flow.packets.push_back(taken);
  if (taken.length > 0 && end > stream.next && !packet.is_corrupt) {
    const uint64_t known = stream.next > taken.offset ? stream.next - taken.offset : 0;
    const std::string_view wire = packet.wire;
    stream.has_gap = stream.has_gap || entry.is_cut_short || taken.offset > stream.next;
    flow.sent[index(side)].push_back({end, entry.sent_step, packet.sent_at});
    stream.next = end;
    if (!stream.has_gap) {
      const std::string_view payload = wire.substr(header_bytes(wire));
      decode(number, side, taken.offset + known, payload.substr(static_cast<size_t>(known)));
    }
  }
  if ((packet.flags & Segment::kFin) != 0 && !stream.has_finished && states_[number].decoder) {
    stream.has_finished = true;
    states_[number].decoder->finish(side, flow.decoding);
  }
}

void Conversations::decode(size_t flow, Side side, uint64_t offset, std::string_view bytes) {
  State& state = states_[flow];
  Decoding& decoding = flows_[flow].decoding;
  if (state.decoder == nullptr) state.decoder = decoder_for(side, bytes, decoding);
  state.decoder->feed(side, offset, bytes, decoding);
}

void Conversations::take_arrived(const CapturedPacket& entry, size_t place) {
  const Seat seat = seats_[place];
  if (seat.flow == SIZE_MAX) return;
  Flow& flow = flows_[seat.flow];
  const FlowPacket& packet = flow.packets[seat.packet];
  Stream& stream = states_[seat.flow].streams[index(packet.side)];
  if (packet.length == 0) return;
  uint64_t& end = stream.early[packet.offset];
  end = std::max<uint64_t>(end, packet.offset + packet.length);
  const uint64_t before = stream.contiguous;
  while (!stream.early.empty() && stream.early.begin()->first <= stream.contiguous) {
    stream.contiguous = std::max(stream.contiguous, stream.early.begin()->second);
    stream.early.erase(stream.early.begin());
  }
  if (stream.contiguous > before) {
    flow.arrived[index(packet.side)].push_back({stream.contiguous, entry.end_step, entry.end_at});
  }
}

}  // namespace web
