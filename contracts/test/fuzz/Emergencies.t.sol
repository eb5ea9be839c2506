// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEmergencies} from "../../src/interfaces/IEmergencies.sol";
import {LedgerBase} from "../LedgerBase.sol";

/// @notice However an organisation spreads its declarations, no 24 hours hold more than its quota.
contract EmergenciesFuzzTest is LedgerBase {
    uint256 private constant QUOTA = 16;

    address private board = addressOf("ethics board");

    function setUp() public override {
        super.setUp();
        admit(luz, 620);
        admitAs(1 << 5, board, 620);
    }

    /// @dev Each step waits up to 12 hours, reviews a slot and tries another.
    function testFuzz_declareEmergency_neverExceedsTheQuota(uint16[80] memory waits, uint8[80] memory slots) public {
        uint256[80] memory declared;
        uint256 count;
        uint256 time = START;
        for (uint256 i; i < 80; i++) {
            time += within(waits[i], 0, 2 hours);
            vm.warp(time);
            uint8 slot = uint8(slots[i] % QUOTA);
            uint32 last = consents.emergency(1, slot).declaredAt;
            if (last != 0) {
                vm.prank(board);
                try consents.reviewEmergency(1, slot, last, IEmergencies.Outcome.Justified) {} catch {}
            }
            vm.prank(luz);
            try consents.declareEmergency(slot, 1, 1, keccak256("commitment")) {
                isTrue(last == 0 || time >= uint256(last) + 24 hours, "a slot rests for a day");
                declared[count++] = time;
            } catch {
                isTrue(last != 0, "a fresh slot takes a declaration");
            }
        }
        for (uint256 i; i + QUOTA < count; i++) {
            isTrue(declared[i + QUOTA] - declared[i] >= 24 hours, "quota of any 24 hours");
        }
    }
}
