// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IGuardians} from "../../src/interfaces/IGuardians.sol";
import {ISubjects} from "../../src/interfaces/ISubjects.sol";
import {GuardiansBase} from "../GuardiansBase.sol";
import {OwnedWallet} from "../Wallets.sol";

contract GuardiansTest is GuardiansBase {
    uint48 private constant DEADLINE = START + 1 days;

    address private phone = addressOf("phone 2");

    function invalidSet(IGuardians.GuardianSet memory set) private view returns (bytes memory) {
        return abi.encodeWithSelector(
            IGuardians.Guardians_InvalidSet.selector, maria, set.guardians.length, set.threshold, set.delay
        );
    }

    function refusesSet(IGuardians.GuardianSet memory set, bytes memory reason) private {
        uint48 day = uint48(block.timestamp);
        guard(maria, set);
        vm.warp(day + 8 days);
        vm.expectRevert(reason);
        subjects.checkGuardians(maria, set, 0, new bytes[](set.guardians.length));
    }

    function test_guardianCommitment_isTheTypedDataHash() public view {
        IGuardians.GuardianSet memory set = family();
        bytes32 typeHash =
            keccak256("GuardianSet(address subject,address[] guardians,uint8 threshold,uint32 delay,bytes32 salt)");
        bytes32 list = keccak256(abi.encode(set.guardians[0], set.guardians[1], set.guardians[2]));
        bytes32 structHash = keccak256(abi.encode(typeHash, maria, list, set.threshold, set.delay, set.salt));
        same(
            subjects.guardianCommitment(maria, set),
            typedDigest("Anamnesis Subjects", address(subjects), structHash),
            "digest"
        );
        isTrue(
            subjects.guardianCommitment(maria, set) != subjects.guardianCommitment(phone, set), "bound to the subject"
        );
    }

    function test_setGuardians_holdsAtOnceTheFirstTime() public {
        bytes32 commitment = subjects.guardianCommitment(maria, family());
        vm.expectEmit(address(subjects));
        emit IGuardians.GuardiansSet(maria, commitment, START, 1);
        vm.prank(maria);
        subjects.setGuardians(maria, commitment);
        expectSet(commitment, 0, 0);
        same(subjects.nonceOf(maria), 1, "nonce");
        same(subjects.epochOf(maria), 0, "consents stay");
    }

    function test_setGuardians_keepsTheOldSetForAWeek() public {
        bytes32 old = subjects.guardianCommitment(maria, family());
        bytes32 thieves = keccak256("thieves");
        vm.startPrank(maria);
        subjects.setGuardians(maria, old);
        vm.expectEmit(address(subjects));
        emit IGuardians.GuardiansSet(maria, thieves, START + 7 days, 2);
        subjects.setGuardians(maria, thieves);
        vm.warp(START + 7 days - 1);
        expectSet(old, thieves, START + 7 days);
        vm.warp(START + 7 days);
        expectSet(thieves, 0, 0);
    }

    function test_setGuardians_replacesAChangeThatWaits() public {
        bytes32 old = subjects.guardianCommitment(maria, family());
        vm.startPrank(maria);
        subjects.setGuardians(maria, old);
        subjects.setGuardians(maria, keccak256("second"));
        vm.warp(START + 6 days);
        subjects.setGuardians(maria, keccak256("third"));
        vm.warp(START + 13 days - 1);
        expectSet(old, keccak256("third"), START + 13 days);
        vm.warp(START + 13 days);
        expectSet(keccak256("third"), 0, 0);
    }

    function test_setGuardians_removesWithTheSameNotice() public {
        bytes32 old = subjects.guardianCommitment(maria, family());
        vm.startPrank(maria);
        subjects.setGuardians(maria, old);
        subjects.setGuardians(maria, 0);
        expectSet(old, 0, START + 7 days);
        vm.warp(START + 7 days);
        expectSet(0, 0, 0);
        subjects.setGuardians(maria, old);
        expectSet(old, 0, 0);
    }

    function test_setGuardians_revertsIfNotController() public {
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(ISubjects.Subjects_NotController.selector, maria, maria, stranger));
        subjects.setGuardians(maria, keccak256("set"));
    }

    function test_setGuardiansBySig_isCarriedByAnyoneOnce() public {
        bytes32 commitment = keccak256("set");
        bytes memory signature = signedCompact(mariaKey, setGuardiansDigest(maria, commitment, 0, DEADLINE));
        vm.prank(relayer);
        subjects.setGuardiansBySig(maria, commitment, DEADLINE, signature);
        expectSet(commitment, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(ISubjects.Subjects_InvalidSignature.selector, maria, maria, 1));
        subjects.setGuardiansBySig(maria, commitment, DEADLINE, signature);
    }

    function test_setGuardiansBySig_revertsIfAnyPartDiffers() public {
        bytes memory signature = signed(mariaKey, setGuardiansDigest(maria, keccak256("set"), 0, DEADLINE));
        bytes memory reason = abi.encodeWithSelector(ISubjects.Subjects_InvalidSignature.selector, maria, maria, 0);
        vm.expectRevert(reason);
        subjects.setGuardiansBySig(maria, keccak256("other"), DEADLINE, signature);
        vm.expectRevert(reason);
        subjects.setGuardiansBySig(maria, keccak256("set"), DEADLINE + 1, signature);
        vm.warp(DEADLINE + 1);
        vm.expectRevert(
            abi.encodeWithSelector(ISubjects.Subjects_DeadlinePassed.selector, maria, DEADLINE, DEADLINE + 1)
        );
        subjects.setGuardiansBySig(maria, keccak256("set"), DEADLINE, signature);
        vm.warp(START);
        vm.chainId(5);
        vm.expectRevert(reason);
        subjects.setGuardiansBySig(maria, keccak256("set"), DEADLINE, signature);
    }

    function test_checkGuardians_revertsIfTheSetIsNotSound() public {
        IGuardians.GuardianSet memory set = family();
        set.threshold = 0;
        refusesSet(set, invalidSet(set));
        set.threshold = 4;
        refusesSet(set, invalidSet(set));
        set = family();
        set.delay = 1 days - 1;
        refusesSet(set, invalidSet(set));
        set.delay = 90 days + 1;
        refusesSet(set, invalidSet(set));
        set = family();
        set.guardians = new address[](0);
        refusesSet(set, invalidSet(set));
        set.guardians = new address[](16);
        refusesSet(set, invalidSet(set));
    }

    function test_checkGuardians_revertsIfGuardiansAreNotAscending() public {
        IGuardians.GuardianSet memory set = family();
        set.guardians[1] = set.guardians[0];
        refusesSet(set, abi.encodeWithSelector(IGuardians.Guardians_NotAscending.selector, maria, set.guardians[1]));
        set = family();
        set.guardians[0] = address(0);
        refusesSet(set, abi.encodeWithSelector(IGuardians.Guardians_NotAscending.selector, maria, address(0)));
        set = family();
        (set.guardians[1], set.guardians[2]) = (set.guardians[2], set.guardians[1]);
        refusesSet(set, abi.encodeWithSelector(IGuardians.Guardians_NotAscending.selector, maria, set.guardians[2]));
    }

    function test_checkGuardians_acceptsFifteenAndTheLongestDelay() public {
        IGuardians.GuardianSet memory set = family();
        set.guardians = new address[](15);
        for (uint160 i; i < 15; i++) {
            set.guardians[i] = address(i + 1000);
        }
        set.guardians[14] = guardianAt(0);
        set.threshold = 1;
        set.delay = 90 days;
        guard(maria, set);
        bytes[] memory signatures = new bytes[](15);
        signatures[14] = signed(guardianKeyAt(0), keccak256("digest"));
        subjects.checkGuardians(maria, set, keccak256("digest"), signatures);
    }

    function test_checkGuardians_revertsIfTheSetIsNotInForce() public {
        bytes32 opened = subjects.guardianCommitment(maria, family());
        bytes memory reason = abi.encodeWithSelector(IGuardians.Guardians_WrongSet.selector, maria, opened);
        vm.expectRevert(reason);
        subjects.checkGuardians(maria, family(), 0, new bytes[](3));
        vm.prank(maria);
        subjects.setGuardians(maria, keccak256("another"));
        vm.expectRevert(reason);
        subjects.checkGuardians(maria, family(), 0, new bytes[](3));
        vm.prank(maria);
        subjects.setGuardians(maria, opened);
        vm.expectRevert(reason);
        subjects.checkGuardians(maria, family(), 0, new bytes[](3));
    }

    function test_checkGuardians_revertsIfSignaturesAreMissingOrWrong() public {
        guard(maria);
        bytes32 digest = keccak256("digest");
        vm.expectRevert(abi.encodeWithSelector(IGuardians.Guardians_WrongSignatureCount.selector, maria, 2, 3));
        subjects.checkGuardians(maria, family(), digest, new bytes[](2));

        bytes[] memory signatures = new bytes[](3);
        signatures[2] = signed(guardianKeyAt(2), digest);
        vm.expectRevert(abi.encodeWithSelector(IGuardians.Guardians_TooFewSignatures.selector, maria, 1, 2));
        subjects.checkGuardians(maria, family(), digest, signatures);

        signatures[1] = signatures[2];
        vm.expectRevert(abi.encodeWithSelector(IGuardians.Guardians_InvalidSignature.selector, maria, guardianAt(1)));
        subjects.checkGuardians(maria, family(), digest, signatures);
    }

    function test_checkGuardians_takesEveryKindOfSigner() public {
        address wallet = address(new OwnedWallet(phone));
        IGuardians.GuardianSet memory set = family();
        set.guardians = new address[](2);
        (address low, address high) = wallet < guardianAt(0) ? (wallet, guardianAt(0)) : (guardianAt(0), wallet);
        (set.guardians[0], set.guardians[1]) = (low, high);
        guard(maria, set);
        bytes32 digest = keccak256("digest");
        bytes[] memory signatures = new bytes[](2);
        uint256 place = low == wallet ? 0 : 1;
        signatures[place] = signed(keyOf("phone 2"), digest);
        signatures[1 - place] = signedCompact(guardianKeyAt(0), digest);
        // A guardian whose account delegated to code (EIP-7702) still signs with its key.
        vm.etch(guardianAt(0), abi.encodePacked(hex"ef0100", address(subjects)));
        subjects.checkGuardians(maria, set, digest, signatures);
    }
}
