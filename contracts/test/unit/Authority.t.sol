// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Authority} from "../../src/Authority.sol";
import {Directory} from "../../src/Directory.sol";
import {IAuthority} from "../../src/interfaces/IAuthority.sol";
import {ICheckpoints} from "../../src/interfaces/ICheckpoints.sol";
import {IDirectory} from "../../src/interfaces/IDirectory.sol";
import {LedgerBase} from "../LedgerBase.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";

/// @notice Roles, delays, cancelling, and successors. Pauses have a file of their own.
contract AuthorityTest is LedgerBase {
    uint32 private constant COUNCIL_DELAY = 2 days;
    uint32 private constant ADMIN_DELAY = 5 days;
    bytes32 private constant PROFILE = keccak256("profile");

    Authority private slow;
    Directory private slowDirectory;

    function setUp() public override {
        super.setUp();
        (slow, slowDirectory) = deployAuthority(COUNCIL_DELAY, ADMIN_DELAY);
    }

    function admission() private view returns (bytes memory) {
        return abi.encodeCall(IDirectory.admit, (1, 620, luz, START + YEAR, PROFILE, "https://luz.example"));
    }

    function admitSlowly() private {
        vm.prank(council);
        slow.schedule(address(slowDirectory), admission(), 0);
        vm.warp(START + COUNCIL_DELAY);
        vm.prank(council);
        slow.execute(address(slowDirectory), admission());
    }

    function expectRole(uint64 role, address account, bool member, uint32 delay) private view {
        (bool actual, uint32 actualDelay) = slow.hasRole(role, account);
        isTrue(actual == member, "member");
        same(actualDelay, delay, "delay");
    }

    function test_constructor_laysDownRolesAndDelays() public view {
        expectRole(slow.ADMIN_ROLE(), council, true, ADMIN_DELAY);
        expectRole(slow.COUNCIL(), council, true, COUNCIL_DELAY);
        expectRole(slow.COUNCIL_AT_ONCE(), council, true, 0);
        expectRole(slow.GUARDIAN(), guardian, true, 0);
        expectRole(slow.ADMIN_ROLE(), guardian, false, 0);
        expectRole(slow.ADMIN_ROLE(), address(this), false, 0);
        expectRole(slow.COUNCIL(), address(this), false, 0);
        same(slow.getTargetFunctionRole(address(slowDirectory), IDirectory.suspend.selector), 3, "suspend");
        bytes4[5] memory delayed = [
            IDirectory.admit.selector,
            IDirectory.reinstate.selector,
            IDirectory.setRoles.selector,
            IDirectory.setEmergencyQuota.selector,
            IDirectory.replaceOperator.selector
        ];
        for (uint256 i = 0; i < delayed.length; i++) {
            same(slow.getTargetFunctionRole(address(slowDirectory), delayed[i]), 1, "council's verb");
        }
        same(slow.getTargetFunctionRole(address(slow), IAuthority.announceSuccessor.selector), 1, "announcing");
        same(slow.getTargetFunctionRole(address(slow), IAuthority.unpause.selector), 3, "ending a pause");
        same(slow.getTargetFunctionRole(address(slow), IAuthority.renewPause.selector), 3, "renewing a pause");
        same(slow.getTargetFunctionRole(address(slow), IAuthority.pause.selector), 2, "pausing");
        same(slow.version(), "1.0.0", "version");
    }

    function test_council_actsAfterItsDelay() public {
        bytes32 id = slow.hashOperation(council, address(slowDirectory), admission());
        vm.prank(council);
        vm.expectRevert(abi.encodeWithSelector(IAccessManager.AccessManagerNotScheduled.selector, id));
        slow.execute(address(slowDirectory), admission());
        admitSlowly();
        same(slowDirectory.organizationOf(luz), 1, "admitted");
    }

    function test_council_suspendsAtOnce() public {
        admitSlowly();
        vm.prank(council);
        slowDirectory.suspend(1);
        same(slowDirectory.organizationOf(luz), 0, "suspended");
    }

    function test_council_changesRolesAfterTheAdminDelay() public {
        bytes memory grant = abi.encodeCall(IAccessManager.grantRole, (slow.COUNCIL(), stranger, 0));
        vm.prank(council);
        slow.schedule(address(slow), grant, 0);
        vm.warp(START + ADMIN_DELAY - 1);
        bytes32 id = slow.hashOperation(council, address(slow), grant);
        vm.prank(council);
        vm.expectRevert(abi.encodeWithSelector(IAccessManager.AccessManagerNotReady.selector, id));
        slow.execute(address(slow), grant);
        vm.warp(START + ADMIN_DELAY);
        vm.prank(council);
        slow.execute(address(slow), grant);
        expectRole(slow.COUNCIL(), stranger, true, 0);
    }

    function test_guardian_cancelsWhatIsScheduled() public {
        vm.prank(council);
        slow.schedule(address(slowDirectory), admission(), 0);
        vm.prank(guardian);
        slow.cancel(council, address(slowDirectory), admission());
        same(slow.getSchedule(slow.hashOperation(council, address(slowDirectory), admission())), 0, "admission");

        bytes memory grant = abi.encodeCall(IAccessManager.grantRole, (slow.COUNCIL(), stranger, 0));
        vm.prank(council);
        slow.schedule(address(slow), grant, 0);
        vm.prank(guardian);
        slow.cancel(council, address(slow), grant);
        same(slow.getSchedule(slow.hashOperation(council, address(slow), grant)), 0, "grant");

        bytes memory revocation = abi.encodeCall(IAccessManager.revokeRole, (slow.COUNCIL(), council));
        vm.prank(council);
        slow.schedule(address(slow), revocation, 0);
        vm.prank(guardian);
        slow.cancel(council, address(slow), revocation);
    }

    function test_guardian_cannotHoldUpItsDismissal() public {
        bytes memory dismissal = abi.encodeCall(IAccessManager.revokeRole, (slow.GUARDIAN(), guardian));
        vm.prank(council);
        slow.schedule(address(slow), dismissal, 0);
        vm.prank(guardian);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessManager.AccessManagerUnauthorizedCancel.selector,
                guardian,
                council,
                address(slow),
                IAccessManager.revokeRole.selector
            )
        );
        slow.cancel(council, address(slow), dismissal);
        vm.warp(START + ADMIN_DELAY);
        vm.prank(council);
        slow.execute(address(slow), dismissal);
        expectRole(slow.GUARDIAN(), guardian, false, 0);
    }

    function test_guardian_doesNothingElse() public {
        vm.startPrank(guardian);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, guardian));
        directory.suspend(1);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, guardian));
        directory.admit(1, 620, luz, START + YEAR, PROFILE, "");
        vm.expectRevert(
            abi.encodeWithSelector(IAccessManager.AccessManagerUnauthorizedAccount.selector, guardian, uint64(3))
        );
        authority.unpause(address(directory));
    }

    function test_cancel_revertsIfStranger() public {
        vm.prank(council);
        slow.schedule(address(slowDirectory), admission(), 0);
        vm.prank(stranger);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessManager.AccessManagerUnauthorizedCancel.selector,
                stranger,
                council,
                address(slowDirectory),
                IDirectory.admit.selector
            )
        );
        slow.cancel(council, address(slowDirectory), admission());
    }

    function test_closing_stopsTheCouncilAlone() public {
        admit(luz, 620);
        vm.startPrank(council);
        authority.setTargetClosed(address(directory), true);
        authority.setTargetClosed(address(subjects), true);
        authority.setTargetClosed(address(consents), true);
        authority.setTargetClosed(address(checkpoints), true);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, council));
        directory.suspend(1);
        vm.stopPrank();
        everythingElseGoesOn();
    }

    /// @dev What no pause and no closing may reach.
    function everythingElseGoesOn() private {
        vm.startPrank(luz);
        directory.setProfile(keccak256("next"), "https://luz.example/next");
        directory.renewOperator(START + 2 * YEAR);
        directory.proposeOperator(addressOf("next"), START + YEAR);
        checkpoints.post(0, ICheckpoints.Checkpoint(PROFILE, 1));
        vm.stopPrank();
        vm.startPrank(maria);
        consents.revoke(maria, 1);
        subjects.revokeAll(maria);
        subjects.rotate(maria, addressOf("phone 2"));
        vm.stopPrank();
        vm.prank(relayer);
        consents.revokeBySig(maria, 2, signed(mariaKey, revokeDigest(maria, 2)));
        isTrue(consents.isRevoked(maria, 1) && consents.isRevoked(maria, 2), "refused");
    }

    function test_announceSuccessor_pointsAheadAndChangesNothing() public {
        uint48 from = START + authority.NOTICE();
        vm.expectEmit(address(authority));
        emit IAuthority.SuccessorAnnounced(address(consents), stranger, from);
        vm.prank(council);
        authority.announceSuccessor(address(consents), stranger, from);
        expectSuccessor(stranger, from);
        vm.warp(from);
        vm.prank(maria);
        consents.revoke(maria, 1);
        isTrue(consents.isRevoked(maria, 1), "the core goes on");
    }

    function expectSuccessor(address successor, uint48 from) private view {
        (address actual, uint48 actualFrom) = authority.successorOf(address(consents));
        same(actual, successor, "successor");
        same(actualFrom, from, "from");
    }

    function test_announceSuccessor_changesAndTakesBackBeforehand() public {
        uint48 from = START + authority.NOTICE();
        vm.startPrank(council);
        authority.announceSuccessor(address(consents), stranger, from);
        vm.warp(from - 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAuthority.Authority_NoticeTooShort.selector, address(consents), from, from - 1 + authority.NOTICE()
            )
        );
        authority.announceSuccessor(address(consents), luz, from);
        vm.expectEmit(address(authority));
        emit IAuthority.SuccessorAnnounced(address(consents), address(0), 0);
        authority.announceSuccessor(address(consents), address(0), from);
        expectSuccessor(address(0), 0);
        authority.announceSuccessor(address(consents), luz, from + authority.NOTICE());
        expectSuccessor(luz, from + authority.NOTICE());
    }

    function test_announceSuccessor_revertsIfOneIsInForce() public {
        uint48 from = START + authority.NOTICE();
        vm.startPrank(council);
        authority.announceSuccessor(address(consents), stranger, from);
        vm.warp(from);
        vm.expectRevert(
            abi.encodeWithSelector(IAuthority.Authority_AlreadySucceeded.selector, address(consents), stranger, from)
        );
        authority.announceSuccessor(address(consents), address(0), 0);
    }

    function test_announceSuccessor_revertsIfNotCouncil() public {
        vm.prank(guardian);
        vm.expectRevert(
            abi.encodeWithSelector(IAccessManager.AccessManagerUnauthorizedAccount.selector, guardian, uint64(1))
        );
        authority.announceSuccessor(address(consents), stranger, START + YEAR);
    }
}
