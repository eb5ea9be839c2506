// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICheckpoints} from "../../src/interfaces/ICheckpoints.sol";
import {IEmergencies} from "../../src/interfaces/IEmergencies.sol";
import {LedgerBase} from "../LedgerBase.sol";

/// @notice No cost grows with the past: each act is measured with 1 and with 10,000 consents, records, subjects or
/// emergencies before it, and the two differ by at most 2 %.
contract FlatGasTest is LedgerBase {
    uint256 private constant MANY = 10_000;
    address private board = addressOf("ethics board");

    function setUp() public override {
        super.setUp();
        admit(luz, 620);
        admitAs(1 << 5, board, 620);
    }

    function taken(string memory name) private returns (uint256) {
        return vm.snapshotGasLastCall("Flat", name);
    }

    /// @dev In either direction.
    function isFlat(uint256 one, uint256 many, string memory what) private pure {
        isTrue(many * 100 <= one * 102 && one * 100 <= many * 102, what);
    }

    /// @notice So many consents of Maria are refused, 256 to a word, from index 0 on.
    function refuse(uint256 count) private {
        for (uint256 word; word * 256 < count; word++) {
            uint256 left = count - word * 256;
            uint256 mask = left >= 256 ? type(uint256).max : (1 << left) - 1;
            vm.prank(maria);
            consents.revokeMany(maria, uint24(word), mask);
        }
    }

    function test_revoke_flat() public {
        refuse(1);
        vm.prank(maria);
        consents.revoke(maria, 1);
        uint256 one = taken("revoke, 1 consent");
        refuse(MANY);
        vm.prank(maria);
        consents.revoke(maria, uint32(MANY));
        isFlat(one, taken("revoke, 10,000 consents"), "revoke");
    }

    function test_revokeAll_flatInConsents() public {
        // The first one fills the subject's word; it is the second that is compared.
        vm.prank(maria);
        subjects.revokeAll(maria);
        refuse(1);
        vm.prank(maria);
        subjects.revokeAll(maria);
        uint256 one = taken("revokeAll, 1 consent");
        refuse(MANY);
        vm.prank(maria);
        subjects.revokeAll(maria);
        isFlat(one, taken("revokeAll, 10,000 consents"), "revokeAll");
    }

    function test_revokeAll_flatInSubjects() public {
        vm.prank(maria);
        subjects.revokeAll(maria);
        vm.prank(maria);
        subjects.revokeAll(maria);
        uint256 one = taken("revokeAll, 1 subject");
        for (uint256 i = 1; i < MANY; i++) {
            // The word of a subject that has rotated once; the mapping lies in slot 3.
            bytes32 place = keccak256(abi.encode(address(uint160(0x1000 + i)), uint256(3)));
            vm.store(address(subjects), place, bytes32((uint256(1) << 192) | (uint256(1) << 160) | i));
        }
        same(subjects.nonceOf(address(0x1001)), 1, "slot of the mapping");
        vm.prank(maria);
        subjects.revokeAll(maria);
        isFlat(one, taken("revokeAll, 10,000 subjects"), "revokeAll");
    }

    function test_post_flatInRecords() public {
        uint64 last = uint64(MANY);
        vm.prank(luz);
        checkpoints.post(0, ICheckpoints.Checkpoint(keccak256("1"), 1));
        vm.prank(luz);
        checkpoints.post(0, ICheckpoints.Checkpoint(keccak256("2"), 2));
        uint256 one = taken("post, 1 record");
        vm.prank(luz);
        checkpoints.post(0, ICheckpoints.Checkpoint(keccak256("3"), last));
        vm.prank(luz);
        checkpoints.post(0, ICheckpoints.Checkpoint(keccak256("4"), last + 1));
        isFlat(one, taken("post, 10,000 records"), "post");
    }

    function test_post_flatInPosts() public {
        vm.prank(luz);
        checkpoints.post(0, ICheckpoints.Checkpoint(keccak256("1"), 1));
        vm.prank(luz);
        checkpoints.post(0, ICheckpoints.Checkpoint(keccak256("2"), 2));
        uint256 one = taken("post, 1 post");
        vm.startPrank(luz);
        for (uint64 size = 3; size < MANY; size++) {
            checkpoints.post(0, ICheckpoints.Checkpoint(bytes32(uint256(size)), size));
        }
        vm.stopPrank();
        vm.prank(luz);
        checkpoints.post(0, ICheckpoints.Checkpoint(keccak256("4"), uint64(MANY)));
        isFlat(one, taken("post, 10,000 posts"), "post");
    }

    function test_declareEmergency_flat() public {
        declareAndReview(keccak256("first"));
        vm.warp(START + 1 days);
        vm.prank(luz);
        consents.declareEmergency(0, 1, 1, keccak256("second"));
        uint256 one = taken("declareEmergency, 1 emergency");
        // Of 40 organisations 256 slots each; the mapping lies in slot 3.
        for (uint256 key = 0x300; key < 0x300 + MANY; key++) {
            bytes32 place = keccak256(abi.encode(key, uint256(3)));
            vm.store(address(consents), place, bytes32((uint256(1) << 64) | (uint256(START) << 32) | START));
        }
        same(consents.emergency(3, 0).declaredAt, START, "slot of the mapping");
        vm.warp(START + 2 days);
        vm.prank(board);
        consents.reviewEmergency(1, 0, uint32(START + 1 days), IEmergencies.Outcome.Justified);
        vm.prank(luz);
        consents.declareEmergency(0, 1, 1, keccak256("third"));
        isFlat(one, taken("declareEmergency, 10,000 emergencies"), "declareEmergency");
    }

    function declareAndReview(bytes32 commitment) private {
        vm.prank(luz);
        consents.declareEmergency(0, 1, 1, commitment);
        vm.warp(START + 1 hours);
        vm.prank(board);
        consents.reviewEmergency(1, 0, uint32(START), IEmergencies.Outcome.Justified);
    }
}
