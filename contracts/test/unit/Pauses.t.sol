// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuthority} from "../../src/interfaces/IAuthority.sol";
import {ICheckpoints} from "../../src/interfaces/ICheckpoints.sol";
import {IDirectory} from "../../src/interfaces/IDirectory.sol";
import {IEmergencies} from "../../src/interfaces/IEmergencies.sol";
import {LedgerBase} from "../LedgerBase.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";

/// @notice Pauses: who, what, how long, and what no pause reaches.
contract PausesTest is LedgerBase {
    bytes32 private constant REASON = "operator key leaked";
    bytes4 private constant ALL = 0;
    bytes4 private constant ADMIT = IDirectory.admit.selector;
    bytes4 private constant ACCEPT = IDirectory.acceptOperator.selector;

    address private next = addressOf("next operator");

    function setUp() public override {
        super.setUp();
        admit(luz, 620);
    }

    function pause(bytes4 scope) private {
        vm.prank(guardian);
        authority.pause(address(directory), scope, REASON);
    }

    function refusalOf(bytes4 selector, uint48 end) private view returns (bytes memory) {
        return abi.encodeWithSelector(IAuthority.Authority_Paused.selector, address(directory), selector, end);
    }

    function until(bytes4 selector) private view returns (uint48) {
        return authority.pausedUntil(address(directory), selector);
    }

    function test_pause_stopsTheVerbAndEndsByItself() public {
        uint48 end = START + 72 hours;
        vm.expectEmit(address(authority));
        emit IAuthority.TargetPaused(address(directory), ADMIT, end, REASON, guardian);
        pause(ADMIT);
        same(until(ADMIT), end, "admit");
        same(until(ACCEPT), 0, "another verb");
        vm.warp(end - 1);
        vm.prank(council);
        vm.expectRevert(refusalOf(ADMIT, end));
        directory.admit(1, 826, aldhelm, START + YEAR, 0, "");
        vm.warp(end);
        same(until(ADMIT), 0, "ended");
        same(admit(aldhelm, 826), 2, "admitted");
    }

    function test_pause_stopsAllThatCanBe() public {
        vm.prank(luz);
        directory.proposeOperator(next, START + YEAR);
        pause(ALL);
        same(until(ADMIT), START + 72 hours, "admit");
        same(until(ACCEPT), START + 72 hours, "accept");
        vm.prank(next);
        vm.expectRevert(refusalOf(ACCEPT, START + 72 hours));
        directory.acceptOperator(1);
    }

    function test_pause_leavesOneVerbAloneWhenItNamesAnother() public {
        pause(ACCEPT);
        same(admit(aldhelm, 826), 2, "admitted");
    }

    function test_pause_reachesNothingElse() public {
        vm.startPrank(guardian);
        authority.pause(address(directory), ALL, REASON);
        authority.pause(address(consents), ALL, REASON);
        authority.pause(address(subjects), ALL, REASON);
        authority.pause(address(checkpoints), ALL, REASON);
        vm.stopPrank();
        bytes4[8] memory never = [
            IDirectory.suspend.selector,
            IDirectory.reinstate.selector,
            IDirectory.setRoles.selector,
            IDirectory.replaceOperator.selector,
            IDirectory.renewOperator.selector,
            IDirectory.proposeOperator.selector,
            IDirectory.withdrawOperatorProposal.selector,
            IDirectory.setProfile.selector
        ];
        for (uint256 i = 0; i < never.length; i++) {
            isFalse(directory.isPausable(never[i]), "pausable");
            same(until(never[i]), 0, "paused");
        }
        vm.startPrank(luz);
        directory.renewOperator(START + 2 * YEAR);
        directory.setProfile(REASON, "");
        checkpoints.post(0, ICheckpoints.Checkpoint(REASON, 1));
        vm.stopPrank();
        vm.prank(council);
        directory.suspend(1);
        vm.startPrank(maria);
        consents.revoke(maria, 1);
        subjects.revokeAll(maria);
        subjects.rotate(maria, next);
        vm.stopPrank();
        vm.prank(relayer);
        consents.revokeBySig(maria, 2, signed(mariaKey, revokeDigest(maria, 2)));
        isTrue(consents.isRevoked(maria, 2), "refused");
    }

    function test_pause_stopsNewEmergenciesAndNothingElseOfConsents() public {
        vm.prank(guardian);
        authority.pause(address(consents), ALL, REASON);
        bytes4 declare = IEmergencies.declareEmergency.selector;
        vm.expectRevert(
            abi.encodeWithSelector(IAuthority.Authority_Paused.selector, address(consents), declare, START + 72 hours)
        );
        vm.prank(luz);
        consents.declareEmergency(0, 1, 1, REASON);
        vm.warp(START + 72 hours);
        vm.prank(luz);
        consents.declareEmergency(0, 1, 1, REASON);
        isTrue(consents.isEmergency(1, 0, REASON, uint48(block.timestamp)), "declared");
    }

    function test_pause_revertsIfNotPausable() public {
        bytes4 verb = IDirectory.suspend.selector;
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(IAuthority.Authority_NotPausable.selector, address(directory), verb));
        authority.pause(address(directory), verb, REASON);
    }

    function test_pause_revertsIfNotGuardian() public {
        vm.prank(council);
        vm.expectRevert(
            abi.encodeWithSelector(IAccessManager.AccessManagerUnauthorizedAccount.selector, council, uint64(2))
        );
        authority.pause(address(directory), ALL, REASON);
    }

    function test_pause_revertsIfChained() public {
        pause(ADMIT);
        uint48 free = START + 72 hours + 7 days;
        bytes memory refusal =
            abi.encodeWithSelector(IAuthority.Authority_CoolingDown.selector, address(directory), free);
        // Neither while it runs nor after, neither the same verb nor all.
        vm.startPrank(guardian);
        vm.expectRevert(refusal);
        authority.pause(address(directory), ADMIT, REASON);
        vm.warp(START + 72 hours);
        vm.expectRevert(refusal);
        authority.pause(address(directory), ALL, REASON);
        vm.warp(free - 1);
        vm.expectRevert(refusal);
        authority.pause(address(directory), ACCEPT, REASON);
        vm.warp(free);
        authority.pause(address(directory), ALL, REASON);
        same(until(ADMIT), free + 72 hours, "paused again");
    }

    function test_renewPause_prolongsAndMayWiden() public {
        pause(ADMIT);
        vm.warp(START + 71 hours);
        uint48 end = START + 71 hours + 72 hours;
        vm.expectEmit(address(authority));
        emit IAuthority.TargetPaused(address(directory), ALL, end, REASON, council);
        vm.prank(council);
        authority.renewPause(address(directory), ALL, REASON);
        same(until(ACCEPT), end, "until");
    }

    function test_renewPause_revertsIfNotPausedOrNotCouncil() public {
        bytes memory refusal = abi.encodeWithSelector(IAuthority.Authority_NotPaused.selector, address(directory));
        vm.prank(council);
        vm.expectRevert(refusal);
        authority.renewPause(address(directory), ALL, REASON);
        pause(ALL);
        vm.prank(guardian);
        vm.expectRevert(
            abi.encodeWithSelector(IAccessManager.AccessManagerUnauthorizedAccount.selector, guardian, uint64(3))
        );
        authority.renewPause(address(directory), ALL, REASON);
        vm.warp(START + 72 hours);
        vm.prank(council);
        vm.expectRevert(refusal);
        authority.renewPause(address(directory), ALL, REASON);
    }

    function test_unpause_endsItNowAndStartsTheCoolDown() public {
        pause(ALL);
        vm.warp(START + 60);
        vm.expectEmit(address(authority));
        emit IAuthority.TargetUnpaused(address(directory), START + 60);
        vm.prank(council);
        authority.unpause(address(directory));
        same(until(ADMIT), 0, "ended");
        same(admit(aldhelm, 826), 2, "admitted");
        vm.prank(guardian);
        vm.expectRevert(
            abi.encodeWithSelector(IAuthority.Authority_CoolingDown.selector, address(directory), START + 60 + 7 days)
        );
        authority.pause(address(directory), ALL, REASON);
    }

    function test_unpause_revertsIfNotPaused() public {
        vm.prank(council);
        vm.expectRevert(abi.encodeWithSelector(IAuthority.Authority_NotPaused.selector, address(directory)));
        authority.unpause(address(directory));
    }
}
