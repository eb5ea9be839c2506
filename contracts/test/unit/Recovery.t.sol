// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IGuardians} from "../../src/interfaces/IGuardians.sol";
import {ISubjects} from "../../src/interfaces/ISubjects.sol";
import {GuardiansBase} from "../GuardiansBase.sol";

/// @notice What guardians do: give a lost subject back, and void its consents.
contract RecoveryTest is GuardiansBase {
    uint48 private constant DEADLINE = START + 1 days;

    address private phone = addressOf("phone 2");

    function noRecovery() private view returns (bytes memory) {
        return abi.encodeWithSelector(IGuardians.Guardians_NoRecovery.selector, maria);
    }

    function start() private {
        subjects.startRecovery(maria, phone, DEADLINE, family(), signedByTwo(recoverDigest(maria, phone, 0, DEADLINE)));
    }

    function expectRecovery(address newController, uint48 readyAt) private view {
        (address actual, uint48 actualReadyAt) = subjects.recoveryOf(maria);
        same(actual, newController, "new controller");
        same(actualReadyAt, readyAt, "ready at");
    }

    function test_startRecovery_waitsForTheDelay() public {
        guardWithoutNonce(maria);
        vm.expectEmit(address(subjects));
        emit IGuardians.RecoveryStarted(maria, phone, START + 2 days, 0);
        vm.prank(relayer);
        start();
        expectRecovery(phone, START + 2 days);
        vm.warp(START + 2 days - 1);
        vm.expectRevert(
            abi.encodeWithSelector(IGuardians.Guardians_NotReady.selector, maria, START + 2 days, START + 2 days - 1)
        );
        subjects.executeRecovery(maria);

        vm.warp(START + 2 days);
        vm.expectEmit(address(subjects));
        emit ISubjects.SubjectRotated(maria, phone, 1, 1);
        vm.prank(stranger);
        subjects.executeRecovery(maria);
        same(subjects.controllerOf(maria), phone, "controller");
        expectRecovery(address(0), 0);
        vm.expectRevert(noRecovery());
        subjects.executeRecovery(maria);
    }

    function test_startRecovery_revertsIfOneWaits() public {
        guardWithoutNonce(maria);
        start();
        bytes[] memory signatures = signedByTwo(recoverDigest(maria, phone, 0, DEADLINE));
        vm.expectRevert(
            abi.encodeWithSelector(IGuardians.Guardians_RecoveryPending.selector, maria, phone, START + 2 days)
        );
        subjects.startRecovery(maria, phone, DEADLINE, family(), signatures);
    }

    function test_startRecovery_revertsIfAnyPartDiffers() public {
        guardWithoutNonce(maria);
        bytes[] memory signatures = signedByTwo(recoverDigest(maria, phone, 0, DEADLINE));
        bytes memory reason =
            abi.encodeWithSelector(IGuardians.Guardians_InvalidSignature.selector, maria, guardianAt(0));
        vm.expectRevert(reason);
        subjects.startRecovery(maria, stranger, DEADLINE, family(), signatures);
        vm.expectRevert(reason);
        subjects.startRecovery(maria, phone, DEADLINE + 1, family(), signatures);
        vm.expectRevert(abi.encodeWithSelector(ISubjects.Subjects_InvalidController.selector, maria, address(0)));
        subjects.startRecovery(maria, address(0), DEADLINE, family(), signatures);
        vm.warp(DEADLINE + 1);
        vm.expectRevert(
            abi.encodeWithSelector(ISubjects.Subjects_DeadlinePassed.selector, maria, DEADLINE, DEADLINE + 1)
        );
        subjects.startRecovery(maria, phone, DEADLINE, family(), signatures);
    }

    function test_startRecovery_revertsIfReplayedAfterAVeto() public {
        guardWithoutNonce(maria);
        start();
        vm.prank(maria);
        subjects.vetoRecovery(maria);
        bytes[] memory signatures = signedByTwo(recoverDigest(maria, phone, 0, DEADLINE));
        vm.expectRevert(abi.encodeWithSelector(IGuardians.Guardians_InvalidSignature.selector, maria, guardianAt(0)));
        subjects.startRecovery(maria, phone, DEADLINE, family(), signatures);
    }

    function test_startRecovery_revertsIfTheSetBelongsToAnother() public {
        guardWithoutNonce(maria);
        bytes[] memory signatures = signedByTwo(recoverDigest(stranger, phone, 0, DEADLINE));
        bytes32 opened = subjects.guardianCommitment(stranger, family());
        vm.expectRevert(abi.encodeWithSelector(IGuardians.Guardians_WrongSet.selector, stranger, opened));
        subjects.startRecovery(stranger, phone, DEADLINE, family(), signatures);
    }

    function test_vetoRecovery_endsIt() public {
        guardWithoutNonce(maria);
        start();
        vm.expectEmit(address(subjects));
        emit IGuardians.RecoveryVetoed(maria, 1);
        vm.prank(maria);
        subjects.vetoRecovery(maria);
        expectRecovery(address(0), 0);
        vm.warp(START + 2 days);
        vm.expectRevert(noRecovery());
        subjects.executeRecovery(maria);
        same(subjects.epochOf(maria), 0, "consents stay");
    }

    function test_vetoRecovery_revertsIfNotControllerOrNothingWaits() public {
        vm.expectRevert(noRecovery());
        vm.prank(maria);
        subjects.vetoRecovery(maria);
        guardWithoutNonce(maria);
        start();
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(ISubjects.Subjects_NotController.selector, maria, maria, stranger));
        subjects.vetoRecovery(maria);
    }

    function test_vetoRecoveryBySig_isCarriedByAnyone() public {
        guardWithoutNonce(maria);
        bytes memory signature = signed(mariaKey, vetoDigest(maria, 0, DEADLINE));
        vm.expectRevert(noRecovery());
        subjects.vetoRecoveryBySig(maria, DEADLINE, signature);
        start();
        vm.expectRevert(abi.encodeWithSelector(ISubjects.Subjects_InvalidSignature.selector, maria, maria, 0));
        subjects.vetoRecoveryBySig(maria, DEADLINE - 1, signature);
        vm.prank(relayer);
        subjects.vetoRecoveryBySig(maria, DEADLINE, signature);
        expectRecovery(address(0), 0);
        same(subjects.nonceOf(maria), 1, "nonce");
    }

    function test_executeRecovery_revertsIfTheControllerActedInBetween() public {
        guardWithoutNonce(maria);
        start();
        vm.prank(maria);
        subjects.rotate(maria, maria);
        vm.warp(START + 2 days);
        vm.expectRevert(noRecovery());
        subjects.executeRecovery(maria);
    }

    /// @dev The nonce stays when a recovery lapses: were a later deadline taken, anyone could start it again and again.
    function test_startRecovery_revertsIfTheDeadlineOutlivesTheRecovery() public {
        guardWithoutNonce(maria);
        uint48 latest = START + 30 days;
        bytes[] memory signatures = signedByTwo(recoverDigest(maria, phone, 0, latest + 1));
        vm.expectRevert(abi.encodeWithSelector(IGuardians.Guardians_DeadlineTooFar.selector, maria, latest + 1, latest));
        subjects.startRecovery(maria, phone, latest + 1, family(), signatures);

        signatures = signedByTwo(recoverDigest(maria, phone, 0, latest));
        subjects.startRecovery(maria, phone, latest, family(), signatures);
        vm.warp(latest);
        vm.expectRevert(
            abi.encodeWithSelector(IGuardians.Guardians_RecoveryPending.selector, maria, phone, START + 2 days)
        );
        subjects.startRecovery(maria, phone, latest, family(), signatures);
        vm.warp(START + 32 days);
        expectRecovery(address(0), 0);
        vm.expectRevert(
            abi.encodeWithSelector(ISubjects.Subjects_DeadlinePassed.selector, maria, latest, START + 32 days)
        );
        subjects.startRecovery(maria, phone, latest, family(), signatures);
    }

    function test_executeRecovery_revertsIfItLapsed() public {
        guardWithoutNonce(maria);
        start();
        vm.warp(START + 32 days);
        vm.expectRevert(noRecovery());
        subjects.executeRecovery(maria);
        vm.warp(START + 32 days - 1);
        subjects.executeRecovery(maria);
    }

    function test_executeRecovery_dropsAChangeOfGuardiansThatWaits() public {
        bytes32 old = guardWithoutNonce(maria);
        vm.prank(maria);
        subjects.setGuardians(maria, keccak256("thieves"));
        bytes[] memory signatures = signedByTwo(recoverDigest(maria, phone, 1, DEADLINE));
        subjects.startRecovery(maria, phone, DEADLINE, family(), signatures);
        vm.warp(START + 2 days);
        vm.expectEmit(address(subjects));
        emit IGuardians.GuardiansSet(maria, bytes32(bytes26(old)), START + 2 days, 2);
        subjects.executeRecovery(maria);
        vm.warp(START + 20 days);
        expectSet(old, 0, 0);
    }

    function test_revokeAllByGuardians_voidsAtOnceAndLeavesARecoveryAlone() public {
        guardWithoutNonce(maria);
        start();
        bytes[] memory signatures = signedByTwo(guardiansRevokeAllDigest(maria, 0, DEADLINE));
        vm.expectEmit(address(subjects));
        emit ISubjects.AllRevoked(maria, 1, 0);
        vm.prank(relayer);
        subjects.revokeAllByGuardians(maria, DEADLINE, family(), signatures);
        expectRecovery(phone, START + 2 days);
        vm.expectRevert(abi.encodeWithSelector(IGuardians.Guardians_InvalidSignature.selector, maria, guardianAt(0)));
        subjects.revokeAllByGuardians(maria, DEADLINE, family(), signatures);
        vm.warp(DEADLINE + 1);
        vm.expectRevert(
            abi.encodeWithSelector(ISubjects.Subjects_DeadlinePassed.selector, maria, DEADLINE, DEADLINE + 1)
        );
        subjects.revokeAllByGuardians(maria, DEADLINE, family(), signatures);
    }

    function test_guardiansActs_revertOnAnotherChain() public {
        guardWithoutNonce(maria);
        bytes[] memory recovery = signedByTwo(recoverDigest(maria, phone, 0, DEADLINE));
        bytes[] memory refusal = signedByTwo(guardiansRevokeAllDigest(maria, 0, DEADLINE));
        vm.chainId(77);
        // The commitment is of the chain as well.
        bytes32 opened = subjects.guardianCommitment(maria, family());
        bytes memory reason = abi.encodeWithSelector(IGuardians.Guardians_WrongSet.selector, maria, opened);
        vm.expectRevert(reason);
        subjects.startRecovery(maria, phone, DEADLINE, family(), recovery);
        vm.expectRevert(reason);
        subjects.revokeAllByGuardians(maria, DEADLINE, family(), refusal);
    }

    function test_guardiansActs_areNotTakenForOneAnother() public {
        guardWithoutNonce(maria);
        bytes memory reason =
            abi.encodeWithSelector(IGuardians.Guardians_InvalidSignature.selector, maria, guardianAt(0));
        bytes[] memory recovery = signedByTwo(recoverDigest(maria, phone, 0, DEADLINE));
        vm.expectRevert(reason);
        subjects.revokeAllByGuardians(maria, DEADLINE, family(), recovery);
        bytes[] memory controllers = signedByTwo(revokeAllDigest(maria, 0, DEADLINE));
        vm.expectRevert(reason);
        subjects.revokeAllByGuardians(maria, DEADLINE, family(), controllers);
        bytes[] memory refusal = signedByTwo(revokeDigest(maria, 0));
        vm.expectRevert(reason);
        subjects.startRecovery(maria, phone, DEADLINE, family(), refusal);
    }

    function test_guardiansActs_revertIfTheSetWasReplaced() public {
        guardWithoutNonce(maria);
        vm.prank(maria);
        subjects.setGuardians(maria, keccak256("others"));
        vm.warp(START + 7 days);
        bytes[] memory signatures = signedByTwo(guardiansRevokeAllDigest(maria, 0, START + 8 days));
        bytes32 opened = subjects.guardianCommitment(maria, family());
        vm.expectRevert(abi.encodeWithSelector(IGuardians.Guardians_WrongSet.selector, maria, opened));
        subjects.revokeAllByGuardians(maria, START + 8 days, family(), signatures);
    }
}
