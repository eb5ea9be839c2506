// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Council} from "../../src/Council.sol";
import {IAuthority} from "../../src/interfaces/IAuthority.sol";
import {ICheckpoints} from "../../src/interfaces/ICheckpoints.sol";
import {IConsents} from "../../src/interfaces/IConsents.sol";
import {ICouncil} from "../../src/interfaces/ICouncil.sol";
import {IDirectory} from "../../src/interfaces/IDirectory.sol";
import {IEmergencies} from "../../src/interfaces/IEmergencies.sol";
import {IProxies} from "../../src/interfaces/IProxies.sol";
import {GuardiansBase} from "../GuardiansBase.sol";
import {LedgerBase} from "../LedgerBase.sol";
import {ProxiesBase} from "../ProxiesBase.sol";

/// @notice The second half of the list, see Pitfalls.t.sol.
contract MorePitfallsTest is GuardiansBase, ProxiesBase {
    address private board = addressOf("ethics board");

    function setUp() public override(LedgerBase, ProxiesBase) {
        super.setUp();
        admitAs(1 << 5, board, 620);
    }

    /// @notice Irrevocable grants and delegates: every kind of grant has its inverse.
    function test_pitfall_irrevocableGrants() public {
        bytes memory by = signed(mariaKey, consents.digest(terms()));
        IProxies.Link[] memory chain = chainOf(1);
        bytes memory byParent = signed(keyOf("parent"), consents.digest(terms()));
        vm.startPrank(maria);
        consents.revoke(maria, chain[0].terms.index);
        isFalse(consents.permitsByProxy(terms(), byParent, chain, request()), "a proxy");
        isTrue(consents.permits(terms(), by, request()), "a consent");
        consents.revoke(maria, terms().index);
        isFalse(consents.permits(terms(), by, request()), "no consent");
        vm.stopPrank();
        guard(maria);
        vm.prank(maria);
        subjects.setGuardians(maria, 0);
        vm.warp(START + 7 days);
        (bytes26 current,,) = subjects.guardiansOf(maria);
        same(current, 0, "guardians");
        vm.startPrank(aldhelm);
        consents.declareEmergency(0, 1, 24, "commitment");
        consents.endEmergency(0);
        isFalse(consents.isEmergency(1, 0, "commitment", uint48(block.timestamp)), "an emergency");
        vm.stopPrank();
        vm.startPrank(council);
        directory.replaceOperator(1, stranger, START + YEAR);
        same(directory.organizationOf(aldhelm), 0, "an operator");
        directory.suspend(1);
        isFalse(directory.isActive(1), "a membership");
        authority.revokeRole(authority.GUARDIAN(), guardian);
        (bool member,) = authority.hasRole(authority.GUARDIAN(), guardian);
        isFalse(member, "a role");
    }

    /// @notice Deleting others' records: what was posted is there, whoever tries what.
    function test_pitfall_deletingOthersRecords() public {
        vm.prank(aldhelm);
        checkpoints.post(0, ICheckpoints.Checkpoint("root", 10));
        bytes32 before = checkpoints.word(1, 0);
        vm.startPrank(board);
        checkpoints.post(0, ICheckpoints.Checkpoint("mine", 99));
        vm.stopPrank();
        vm.prank(aldhelm);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICheckpoints.Checkpoints_NotGrowing.selector, uint32(1), uint8(0), uint64(10), uint64(10)
            )
        );
        checkpoints.post(0, ICheckpoints.Checkpoint("rewritten", 10));
        same(checkpoints.word(1, 0), before, "untouched");
    }

    /// @notice Unbounded loops: the three-hundredth refusal costs what the third one did.
    function test_pitfall_unboundedLoops() public {
        uint256[2] memory cost;
        for (uint32 i = 0; i < 300; i++) {
            vm.prank(maria);
            uint256 before = gasleft();
            consents.revoke(maria, 1000 + i);
            if (i == 3) cost[0] = before - gasleft();
            if (i == 299) cost[1] = before - gasleft();
        }
        isTrue(cost[1] <= cost[0] + cost[0] / 10, "flat");
    }

    /// @notice `selfdestruct` as revocation: there is none in the code, and nothing that lets foreign code run as ours but
    /// the Authority's multicall of its own functions.
    function test_pitfall_selfdestructAsRevocation() public {
        Council votes = new Council(IAuthority(address(authority)), directory);
        address[6] memory all = [
            address(directory),
            address(subjects),
            address(consents),
            address(checkpoints),
            address(votes),
            address(authority)
        ];
        for (uint256 i = 0; i < 6; i++) {
            isFalse(hasOpcode(all[i].code, 0xff), "SELFDESTRUCT");
            isFalse(hasOpcode(all[i].code, 0xf2), "CALLCODE");
            isTrue(hasOpcode(all[i].code, 0xf4) == (i == 5), "DELEGATECALL");
        }
    }

    /// @dev Walks over the code, so that data behind PUSH does not count.
    function hasOpcode(bytes memory code, uint8 opcode) private pure returns (bool) {
        for (uint256 i = 0; i < code.length; i++) {
            uint8 found = uint8(code[i]);
            if (found == opcode) return true;
            // Constants lie behind INVALID, after the code proper.
            if (found == 0xfe) return false;
            if (found >= 0x60 && found <= 0x7f) i += found - 0x5f;
        }
        return false;
    }

    /// @notice Owner kill or upgrade without delay: a successor is announced 90 days ahead, and the old contract goes on.
    function test_pitfall_ownerKillOrUpgradeWithoutDelay() public {
        bytes32 code = keccak256(address(consents).code);
        vm.startPrank(council);
        uint48 earliest = START + 90 days;
        vm.expectRevert(
            abi.encodeWithSelector(
                IAuthority.Authority_NoticeTooShort.selector, address(consents), earliest - 1, earliest
            )
        );
        authority.announceSuccessor(address(consents), stranger, earliest - 1);
        authority.announceSuccessor(address(consents), stranger, earliest);
        authority.setTargetClosed(address(consents), true);
        vm.stopPrank();
        vm.warp(earliest + 1);
        same(keccak256(address(consents).code), code, "the same code");
        vm.prank(maria);
        consents.revoke(maria, 1);
        isTrue(consents.isRevoked(maria, 1), "refusing goes on");
    }

    /// @notice Wrong quorum maths: two signers, one vote sufficed. Here it takes more than half.
    function test_pitfall_wrongQuorumMaths() public {
        Council votes = new Council(IAuthority(address(authority)), directory);
        vm.startPrank(council);
        authority.grantRole(authority.COUNCIL_AT_ONCE(), address(votes), 0);
        vm.stopPrank();
        bytes memory data = abi.encodeCall(IDirectory.suspend, (2));
        vm.prank(aldhelm);
        bytes32 id = votes.propose(address(directory), data, 0);
        vm.expectRevert(abi.encodeWithSelector(ICouncil.Council_WrongStage.selector, id, ICouncil.Stage.Open));
        votes.execute(address(directory), data, 0);
        vm.prank(board);
        votes.vote(id, true);
        votes.execute(address(directory), data, 0);
        isFalse(directory.isActive(2), "two of two");
    }

    /// @notice Value written to a memory copy: what was written is read back, verb by verb.
    function test_pitfall_valueWrittenToMemoryCopy() public {
        vm.startPrank(aldhelm);
        directory.setProfile(keccak256("new"), "");
        same(directory.organization(1).profileHash, keccak256("new"), "profile");
        directory.renewOperator(START + 2 days);
        same(directory.organization(1).operatorUntil, START + 2 days, "operator until");
        directory.proposeOperator(stranger, START + 3 days);
        (address proposed, uint48 until) = directory.proposedOperator(1);
        same(proposed, stranger, "proposed");
        same(until, START + 3 days, "until");
        checkpoints.post(3, ICheckpoints.Checkpoint("root", 4));
        (bool matched,) = checkpoints.matches(1, 3, ICheckpoints.Checkpoint("root", 4));
        isTrue(matched, "checkpoint");
        consents.declareEmergency(2, 3, 4, "commitment");
        IEmergencies.Emergency memory found = consents.emergency(1, 2);
        same(found.reason, 3, "reason");
        same(found.until, START + 4 hours, "until");
        vm.stopPrank();
        vm.startPrank(council);
        directory.setRoles(1, 5);
        same(directory.organization(1).roles, 5, "roles");
        directory.setEmergencyQuota(1, 9);
        same(directory.organization(1).emergencyQuota, 9, "quota");
        authority.announceSuccessor(address(consents), stranger, START + YEAR);
        (address successor,) = authority.successorOf(address(consents));
        same(successor, stranger, "successor");
        vm.stopPrank();
        vm.prank(maria);
        subjects.rotate(maria, stranger);
        same(subjects.controllerOf(maria), stranger, "controller");
    }

    /// @notice Wrong boolean in a time window: the boundaries, start − 1, start, end − 1, end.
    function test_pitfall_wrongBooleanInTimeWindow() public {
        bytes memory by = signed(mariaKey, consents.digest(terms()));
        IConsents.Request memory asked = request();
        uint48[4] memory times = [FROM - 1, FROM, UNTIL - 1, UNTIL];
        for (uint256 i = 0; i < 4; i++) {
            asked.time = times[i];
            isTrue(consents.permits(terms(), by, asked) == (i == 1 || i == 2), "a consent");
        }
        vm.prank(aldhelm);
        consents.declareEmergency(0, 1, 1, "commitment");
        times = [START - 1, START, START + 1 hours - 1, START + 1 hours];
        for (uint256 i = 0; i < 4; i++) {
            isTrue(consents.isEmergency(1, 0, "commitment", times[i]) == (i == 1 || i == 2), "an emergency");
        }
        times = [START - 1, START, START + YEAR - 1, START + YEAR];
        for (uint256 i = 0; i < 4; i++) {
            (uint32 id,,) = directory.operatorAt(aldhelm, times[i]);
            isTrue((id == 1) == (i == 1 || i == 2), "an operator's key");
        }
    }

    /// @notice No event, so no audit: whatever changes a word tells so. (test/invariant rebuilds the state from the events.)
    function test_pitfall_noEventSoNoAudit() public {
        vm.startPrank(maria);
        tells(address(consents), abi.encodeCall(IConsents.revoke, (maria, 1)));
        tells(address(consents), abi.encodeCall(IConsents.revokeMany, (maria, 0, 4)));
        tells(address(subjects), abi.encodeCall(subjects.revokeAll, (maria)));
        tells(address(subjects), abi.encodeCall(subjects.setGuardians, (maria, "commitment")));
        tells(address(subjects), abi.encodeCall(subjects.rotate, (maria, stranger)));
        vm.stopPrank();
        vm.startPrank(aldhelm);
        tells(address(consents), abi.encodeCall(IEmergencies.declareEmergency, (0, 1, 1, "commitment")));
        tells(address(consents), abi.encodeCall(IEmergencies.endEmergency, (0)));
        tells(address(checkpoints), abi.encodeCall(ICheckpoints.post, (0, ICheckpoints.Checkpoint("root", 1))));
        tells(address(directory), abi.encodeCall(IDirectory.setProfile, ("hash", "")));
        tells(address(directory), abi.encodeCall(IDirectory.proposeOperator, (stranger, START + YEAR)));
        tells(address(directory), abi.encodeCall(IDirectory.withdrawOperatorProposal, ()));
        tells(address(directory), abi.encodeCall(IDirectory.renewOperator, (START + 2 days)));
        vm.stopPrank();
        vm.prank(board);
        bytes memory review =
            abi.encodeCall(IEmergencies.reviewEmergency, (1, 0, uint32(START), IEmergencies.Outcome.NotJustified));
        tells(address(consents), review);
    }

    function tells(address target, bytes memory data) private {
        vm.recordLogs();
        (bool done,) = target.call(data);
        isTrue(done, "done");
        same(vm.getRecordedLogs().length, 1, "one event");
    }

    /// @notice Global emergency switch: a declaration opens one patient's records for one organisation, for hours, with a
    /// reason, in public, and waits for its review.
    function test_pitfall_globalEmergencySwitch() public {
        vm.prank(aldhelm);
        consents.declareEmergency(0, 1, 1, keccak256("Maria"));
        isTrue(consents.isEmergency(1, 0, keccak256("Maria"), START), "this patient");
        isFalse(consents.isEmergency(1, 0, keccak256("Joao"), START), "no other patient");
        isFalse(consents.isEmergency(2, 0, keccak256("Maria"), START), "no other organisation");
        isFalse(consents.isEmergency(1, 0, keccak256("Maria"), START + 1 hours), "not later");
        vm.warp(START + 72 hours);
        same(consents.overdue(1), 1, "its review is due, for all to see");
        // Nor does any switch of the consortium open anything.
        bytes memory by = signed(keyOf("council"), consents.digest(terms()));
        isFalse(consents.permits(terms(), by, request()), "the council gives no consent");
    }
}
